#!/usr/bin/env node
import { Buffer } from 'node:buffer';
import { setFlagsFromString } from 'node:v8';
import { CommanderError } from 'commander';
import type { Io, Outcome } from './commands/outcome.ts';
import { createProgram, type Handler, type Options } from './commands/program.ts';
import { WitnessError } from './kernel/errors.ts';
import { version } from './kernel/package.ts';
import { printable, printableJson } from './redact/printable.ts';

function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((done) => stream.write(Buffer.from(text), () => done()));
}

/** A file as it is; on a terminal without the control characters that could take it over. */
async function printStream(stream: AsyncIterable<Uint8Array>): Promise<void> {
  if (process.stdout.isTTY !== true) {
    for await (const chunk of stream) await new Promise<void>((done) => process.stdout.write(chunk, () => done()));
    return;
  }
  const decoder = new TextDecoder();
  for await (const chunk of stream) await write(process.stdout, printable(decoder.decode(chunk, { stream: true })));
}

/** A file's text as one value: whole before the first byte is printed, since a damaged archive shows itself late. */
async function streamText(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of stream) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

/** Ctrl-C once asks the run to stop and still keep its evidence; twice gives up at once, and the next start packs what is there. */
function interrupts(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
      process.stderr.write(`\n${signal} received: stopping; a run still packs its evidence (again: give up at once)\n`);
      stop.abort(new WitnessError({ code: 'CANCELED', what: `stopped by ${signal}`, exitCode: 1 }));
    });
  }
  return stop.signal;
}

let keepsGoing = false;

const waiting = new Map<NodeJS.WriteStream, Promise<void>>();

/** Resolves when a stream takes more, or never will; one wait for all who ask. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  const known = waiting.get(stream);
  if (known) return known;
  const wait = new Promise<void>((resolve) => {
    const over = () => {
      waiting.delete(stream);
      stream.off('drain', over).off('error', over);
      resolve();
    };
    stream.once('drain', over).once('error', over);
  });
  waiting.set(stream, wait);
  return wait;
}

/** What a command prints, to whoever looks on; a carriage return becomes a line of its own on a terminal. */
function createShow(json: boolean): Io['show'] {
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  const gone = new Set<NodeJS.WriteStream>();
  return (name, bytes, raw) => {
    const stream = json || name === 'stderr' ? process.stderr : process.stdout;
    if (gone.has(stream)) return undefined;
    if (!keepsGoing) {
      keepsGoing = true;
      for (const one of [process.stdout, process.stderr]) one.on('error', () => gone.add(one));
    }
    const whole = stream.isTTY !== true || raw;
    const text = () => decoders[name].decode(bytes, { stream: true }).replace(/\r(?!\n)/g, '\n');
    if (stream.write(whole ? bytes : printable(text()))) return undefined;
    return drained(stream);
  };
}

function createIo(options: Options): Io {
  const json = options.json === true;
  const colours = options.color !== false && (process.env.NO_COLOR ?? '') === '' && process.stdout.isTTY === true;
  const live = process.stderr.isTTY === true;
  return {
    env: process.env,
    cwd: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    colours,
    live,
    say: (text) => {
      if (!json) process.stdout.write(`${text}\n`);
    },
    tell: (text) => {
      if (!json && options.quiet !== true) process.stderr.write(`${text}\n`);
    },
    show: createShow(json),
    progress: (text, done = false) => {
      if (json || options.quiet === true || (text === '' && !live)) return;
      process.stderr.write(live ? `\r\u001b[K${text}${done && text !== '' ? '\n' : ''}` : `${text}\n`);
    },
    stop: interrupts(),
  };
}

/** An expected failure as a small document; anything else is a bug of ours and keeps its stack. */
function errorText(thrown: unknown): { text: string; code: number; json: unknown } {
  if (thrown instanceof WitnessError) {
    const { code, message, where, next } = thrown;
    const lines = [
      `chwitness: ${message}`,
      ...(where === undefined ? [] : [`  where: ${where}`]),
      ...(next === undefined ? [] : [`  next:  ${next}`]),
    ];
    return { text: lines.join('\n'), code: thrown.exitCode, json: { error: { code, message, where, next } } };
  }
  const stack = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return {
    text: `chwitness ${version}: this is a bug of chwitness, please report it\n${stack}`,
    code: 2,
    json: { error: { code: 'BUG', message: stack } },
  };
}

/** What commander ended with, as a program reads it. */
function usageValue({ code, exitCode, message }: CommanderError, printed: string): unknown {
  if (code === 'commander.version') return { version: printed };
  if (exitCode === 0) return { help: printed };
  const what = code === 'commander.help' ? 'no command was named that does something' : message.replace(/^error: /, '');
  return { error: { code: 'USAGE', message: what, next: 'Run it with --help to see what there is' } };
}

async function main(argv: readonly string[]): Promise<number> {
  let code = 0;
  const dispatch = async (load: () => Promise<Handler>, args: readonly string[], options: Options) => {
    const json = options.json === true;
    try {
      const handler = await load();
      const outcome: Outcome = await handler(args, options, createIo(options));
      if (outcome.stream && !json) {
        await printStream(outcome.stream);
        code = outcome.code;
        return;
      }
      const value = outcome.stream ? { ...Object(outcome.json), text: await streamText(outcome.stream) } : outcome.json;
      const text = json ? printableJson(value) : outcome.text;
      const stream = outcome.aside === true && !json ? process.stderr : process.stdout;
      if (text !== '')
        await write(
          stream,
          `${text}
`,
        );
      code = outcome.code;
    } catch (thrown) {
      const error = errorText(thrown);
      if (json) await write(process.stdout, `${printableJson(error.json)}\n`);
      await write(process.stderr, `${printable(error.text)}\n`);
      code = error.code;
    }
  };
  // What follows `--` belongs to a wrapped command.
  const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  const asked = own.includes('--json');
  // Help and version, kept back under --json to become its one value.
  let printed = '';
  const program = createProgram(version, dispatch);
  const quietExit = (command: typeof program) => {
    command.exitOverride();
    // Its errors repeat what was typed, or what a script put there.
    command.configureOutput({
      writeErr: (text) => process.stderr.write(printable(text)),
      writeOut: (text) => {
        printed += text;
        if (!asked) process.stdout.write(text);
      },
    });
    for (const child of command.commands) quietExit(child as typeof program);
  };
  quietExit(program);
  try {
    await program.parseAsync([...argv]);
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    const value = usageValue(thrown, printed.trimEnd());
    if (asked) await write(process.stdout, `${printableJson(value)}\n`);
    if (thrown.exitCode === 0) return 0;
    // `run` keeps its own codes apart from the command's.
    return argv.slice(2).find((word) => !word.startsWith('-')) === 'run' ? 120 : 2;
  }
  return code;
}

// Streams leave short-lived garbage: where V8's nursery may not grow for it, a log of 200 000 rows takes 40 MB less, and no longer.
setFlagsFromString('--semi-space-growth-factor=1');

// A reader that went away (`chwitness … | head`) is not an error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (keepsGoing) return;
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
process.exitCode = await main(process.argv);
