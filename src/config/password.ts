import { lstatSync, readFileSync, statSync } from 'node:fs';
import { WitnessError } from '../kernel/errors.ts';
import type { KnownSecret } from '../model/config.ts';
import type { Found } from './layers.ts';
import { OPTIONS } from './options.ts';
import type { Place } from './place.ts';
import { absolute, type Resolver } from './resolver.ts';

const MOST_BYTES = 64 * 1024;

/** Where the password is to come from: known by now, or still to be asked for. */
export type PasswordPlan = { kind: 'value'; value: string; label: string } | { kind: 'ask' };

function fromFile(resolver: Resolver, found: Found): PasswordPlan {
  const name = resolver.check(OPTIONS.passwordFile, found) ?? '';
  const path = absolute(name, found.base);
  let value = '';
  try {
    const stats = statSync(path);
    if (stats.size > MOST_BYTES) throw new Error('it is larger than 64 KiB');
    if (lstatSync(path).isFile() && process.getuid && (stats.mode & 0o077) !== 0)
      resolver.notes.push(`${found.from}: other users may read the password file; chmod 600 ${name}`);
    // A process substitution is no regular file; it is read like one.
    value = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch {
    resolver.wrong(found, `the password file ${name} cannot be read`, 'check the path and who may read it');
    return { kind: 'value', value, label: 'password_file' };
  }
  if (value === '') resolver.wrong(found, `the password file ${name} is empty`, 'write the password into it');
  resolver.came('target.password', found.from);
  return { kind: 'value', value, label: 'password_file' };
}

/** Finds the password without asking anyone: flags, then layer by layer a URL's own, the variables, a password file. */
export function planPassword(resolver: Resolver, place: Place): PasswordPlan {
  for (const layer of resolver.layers) {
    const ask = layer.find(OPTIONS.passwordPrompt);
    const file = layer.find(OPTIONS.passwordFile);
    if (ask?.value === true) {
      if (file) resolver.wrong(ask, '--password-prompt and --password-file were both given', 'give one of them');
      resolver.came('target.password', ask.from);
      return { kind: 'ask' };
    }
    if (layer.kind === 'flags' && file) return fromFile(resolver, file);
    // Credentials of a URL go to that URL's server and to no other.
    if (place.kind === 'server' && place.layer === layer && place.address.password !== undefined) {
      resolver.came('target.password', place.origin);
      return { kind: 'value', value: place.address.password, label: place.origin.split(' ', 1)[0] ?? 'url' };
    }
    const variable = layer.find(OPTIONS.password);
    if (variable && file) resolver.notes.push(`${file.from} is not used: ${variable.name} is set`);
    if (variable) {
      resolver.came('target.password', variable.from);
      return { kind: 'value', value: String(variable.value), label: variable.name };
    }
    if (file) return fromFile(resolver, file);
  }
  return { kind: 'value', value: '', label: 'password' };
}

async function promptOnTerminal(question: string): Promise<string> {
  if (!process.stdin.isTTY)
    throw new WitnessError({
      code: 'CONFIG_NO_TERMINAL',
      what: 'the password cannot be asked for: standard input is not a terminal',
      where: '--password-prompt',
      next: 'give it as CLICKHOUSE_PASSWORD in the environment or an env-file, or by --password-file',
    });
  const { default: ask } = await import('@inquirer/password');
  // Standard output may be a report for a program.
  return ask({ message: question, mask: false }, { output: process.stderr });
}

/** The password in hand: the plan's, or the user's answer. */
export async function takePassword(
  plan: PasswordPlan,
  user: string,
  place: Place,
  prompt: (question: string) => Promise<string> = promptOnTerminal,
): Promise<KnownSecret> {
  if (plan.kind === 'value') return { label: plan.label, value: plan.value, user };
  const url = place.kind === 'server' ? place.address.url : 'the target';
  return { label: '--password-prompt', value: await prompt(`Password of ${user} at ${url}:`), user };
}
