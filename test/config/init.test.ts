import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runInit } from '../../src/commands/init.ts';
import { packageRoot } from '../../src/kernel/package.ts';
import { folder } from './sandbox.ts';

describe('init', () => {
  test('writes a private file that says what the defaults say', async () => {
    const here = folder();
    const before = await here.load();
    const { path, text } = await runInit({ cwd: here.path, force: false, print: false });
    expect(path).toBe(join(here.path, 'chwitness.yaml'));
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await here.load()).toEqual(before);
  });

  test('points editors at the schema of the package', async () => {
    const here = folder();
    const { text } = await runInit({ cwd: here.path, force: false, print: true });
    expect(text).toMatch(
      /^# yaml-language-server: \$schema=\.\/node_modules\/chwitness\/schema\/chwitness\.schema\.json\n/,
    );
    const own = await runInit({ cwd: packageRoot, force: false, print: true });
    expect(own.text).toMatch(/^# yaml-language-server: \$schema=\.\/schema\/chwitness\.schema\.json\n/);
  });

  test('print writes nothing', async () => {
    const here = folder();
    await runInit({ cwd: here.path, force: false, print: true });
    expect(readdirSync(here.path)).toEqual([]);
  });

  test.each(['chwitness.yaml', 'chwitness.yml'])('leaves an existing %s alone', async (name) => {
    const here = folder();
    here.write(name, 'job: mine\n');
    await expect(runInit({ cwd: here.path, force: false, print: false })).rejects.toMatchObject({
      code: 'INIT_EXISTS',
    });
    expect(readFileSync(join(here.path, name), 'utf8')).toBe('job: mine\n');
    expect(readdirSync(here.path)).toEqual([name]);
  });

  test('force replaces a file and a link, and never writes through the link', async () => {
    const here = folder();
    const victim = here.write('victim', 'untouched', 0o644);
    symlinkSync(victim, join(here.path, 'chwitness.yaml'));
    await expect(runInit({ cwd: here.path, force: false, print: false })).rejects.toMatchObject({
      code: 'INIT_EXISTS',
    });
    const { path, text } = await runInit({ cwd: here.path, force: true, print: false });
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
    expect(readdirSync(here.path).sort()).toEqual(['chwitness.yaml', 'victim']);
  });

  test('says where it could not write, and leaves no half of a file', async () => {
    const here = folder();
    await expect(runInit({ cwd: join(here.path, 'no'), force: false, print: false })).rejects.toMatchObject({
      code: 'INIT_UNWRITABLE',
      where: join(here.path, 'no', 'chwitness.yaml'),
    });
    mkdirSync(join(here.path, 'chwitness.yaml'));
    await expect(runInit({ cwd: here.path, force: true, print: false })).rejects.toMatchObject({
      code: 'INIT_UNWRITABLE',
    });
    expect(readdirSync(here.path)).toEqual(['chwitness.yaml']);
  });
});
