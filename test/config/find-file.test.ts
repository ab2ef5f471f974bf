import { chownSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { searchFolders } from '../../src/config/find-file.ts';
import { folder, said } from './sandbox.ts';

describe('where the file is looked for', () => {
  test('upward to the project, no further', async () => {
    const here = folder();
    const project = join(here.path, 'project');
    here.write('chwitness.yaml', 'job: too-far\n');
    here.write('project/.git/HEAD', '');
    here.write('project/a/b/x', '');
    expect((await here.load({}, {}, join(project, 'a', 'b'))).job).toBe('load');
    here.write('project/chwitness.yml', 'job: found\n');
    expect((await here.load({}, {}, join(project, 'a', 'b'))).job).toBe('found');
    here.write('project/a/chwitness.yaml', 'job: nearer\n');
    expect((await here.load({}, {}, join(project, 'a', 'b'))).job).toBe('nearer');
  });

  test('upward to home, no further; outside both only here', () => {
    const here = folder();
    const deep = join(here.path, 'home', 'x', 'y');
    mkdirSync(deep, { recursive: true });
    const home = join(here.path, 'home');
    expect(searchFolders(deep, home)).toEqual([deep, dirname(deep), home]);
    expect(searchFolders(deep, '/nonexistent')).toEqual([deep]);
  });

  test('of two spellings .yaml is read, and a note names the other', async () => {
    const here = folder();
    here.write('chwitness.yaml', 'job: yaml\n');
    here.write('chwitness.yml', 'job: yml\n');
    const { job, notes } = await here.load();
    expect(job).toBe('yaml');
    expect(notes).toEqual(['chwitness.yml is not read: chwitness.yaml is']);
  });

  test('a named file that is not there', async () => {
    const error = await folder().error({ config: 'nowhere.yaml' });
    expect(error.code).toBe('CONFIG_UNREADABLE');
    expect(error.where).toBe('nowhere.yaml');
  });
});

describe('a file that others could have written is not read', () => {
  test.each([
    [0o600, 'read'],
    [0o644, 'read'],
    [0o664, 'refused'],
    [0o646, 'refused'],
  ])('mode %o: %s', async (mode, outcome) => {
    const here = folder();
    here.write('chwitness.yaml', 'job: x\n', mode);
    if (outcome === 'read') expect((await here.load()).job).toBe('x');
    else expect(said(await here.error())).toMatch(/CONFIG_UNSAFE\nother users may write/);
  });

  test('named, it may be writable by the group, never by everyone', async () => {
    const here = folder();
    here.write('a.yaml', 'job: x\n', 0o664);
    expect((await here.load({ config: 'a.yaml' })).job).toBe('x');
    here.write('a.yaml', 'job: x\n', 0o666);
    expect((await here.error({ config: 'a.yaml' })).code).toBe('CONFIG_UNSAFE');
  });

  test('a link is judged by what it leads to', async () => {
    const here = folder();
    symlinkSync(here.write('elsewhere', 'job: x\n', 0o666), join(here.path, 'chwitness.yaml'));
    expect((await here.error()).code).toBe('CONFIG_UNSAFE');
  });

  // Giving a file away takes root.
  test.runIf(process.getuid?.() === 0)('another owner: only when it was named', async () => {
    const here = folder();
    chownSync(here.write('chwitness.yaml', 'job: x\n'), 65_534, 65_534);
    expect(said(await here.error())).toMatch(/belongs to another user/);
    expect((await here.load({ config: 'chwitness.yaml' })).job).toBe('x');
  });
});
