import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../src/kernel/package.ts';

/** Layers from the outside in: a file may import its own layer's folder and anything further in. */
const STAGES = ['config', 'registry', 'source', 'load', 'command', 'evidence', 'diagnose', 'report', 'archive'];
const LAYERS = [
  ['cli', 'index'],
  ['commands'],
  ['pipeline'],
  STAGES,
  ['redact'],
  ['engine'],
  ['api'],
  ['model'],
  ['kernel'],
];

const HOMES: Record<string, readonly string[]> = {
  '@clickhouse/client': ['engine'],
  chdb: ['engine'],
  fzstd: ['engine'],
  undici: ['engine', 'source'],
  execa: ['engine', 'command'],
  archiver: ['archive'],
  'tar-stream': ['archive'],
  yauzl: ['archive'],
  chalk: ['report'],
  commander: ['cli', 'commands'],
  yaml: ['config'],
  '@inquirer/password': ['config'],
  tinyglobby: ['source', 'registry'],
  '@secretlint/core': ['redact'],
  '@secretlint/secretlint-rule-preset-recommend': ['redact'],
  'http-proxy-agent': ['engine'],
  'https-proxy-agent': ['engine'],
};

function filesBelow(folder: string): string[] {
  return readdirSync(join(packageRoot, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(packageRoot, join(entry.parentPath, entry.name)));
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s*'([^']+)'|import\s*\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g;

function importsOf(file: string): string[] {
  return [...readFileSync(join(packageRoot, file), 'utf8').matchAll(IMPORT)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  );
}

/** `src/load/cut/x.ts` → `load`, `src/cli.ts` → `cli`, `checks/x.ts` → `checks`. */
function houseOf(file: string): string {
  const [top = '', second = ''] = file.split('/');
  return top === 'src' ? second.replace(/\.ts$/, '') : top;
}

function depth(house: string): number {
  return LAYERS.findIndex((layer) => layer.includes(house));
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
}

function mistakes(file: string): string[] {
  const from = houseOf(file);
  return importsOf(file).flatMap((specifier) => {
    if (specifier.startsWith('node:') || specifier === 'zod') return [];
    if (!specifier.startsWith('.')) {
      const homes = HOMES[packageOf(specifier)];
      if (homes === undefined) return [`${file} imports ${specifier}, which has no home in the table`];
      return homes.includes(from) ? [] : [`${file} imports ${specifier}, whose home is ${homes.join(', ')}`];
    }
    if (!/\.(ts|json)$/.test(specifier)) return [`${file} imports ${specifier} without its extension`];
    const target = relative(packageRoot, resolve(packageRoot, dirname(file), specifier));
    const to = houseOf(target);
    if (from === 'checks' || from === 'bundles')
      return target === 'src/api.ts' || to === from
        ? []
        : [`${file} imports ${target}: checks and bundles use src/api.ts only`];
    if (from === 'api') return ['kernel', 'model', 'diagnose'].includes(to) ? [] : [`${file} imports ${target}`];
    if (from === to) return [];
    if (depth(from) === -1 || depth(to) === -1) return [`${file} imports ${target}, which has no layer`];
    return depth(to) > depth(from) ? [] : [`${file} imports ${target}: ${from} may not import ${to}`];
  });
}

describe('imports tell the architecture', () => {
  const files = ['src', 'checks', 'bundles'].flatMap(filesBelow);

  test('every file is found', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files).toContain('src/cli.ts');
  });

  test('each import goes inwards, stages do not know each other, and each package stays in its home', () => {
    expect(files.flatMap(mistakes)).toEqual([]);
  });

  test('only cli.ts prints or exits', () => {
    const loud = files.filter(
      (file) =>
        file !== 'src/cli.ts' &&
        /\bconsole\.|process\.(stdout|stderr)\.write|process\.exit\(/.test(
          readFileSync(join(packageRoot, file), 'utf8'),
        ),
    );
    expect(loud.filter((file) => !file.startsWith('src/engine/embedded/'))).toEqual([]);
  });

  test('only those who keep evidence, hold an engine or write what the user asked for write to the disk', () => {
    const WRITERS = ['evidence', 'archive', 'engine', 'load', 'pipeline'];
    const NAMED = ['src/commands/init.ts', 'src/commands/sandbox.ts', 'src/kernel/make-folder.ts'];
    const WRITES =
      /\b(writeFile|writeFileSync|appendFile|appendFileSync|createWriteStream|writeSync|rename|renameSync|mkdir|mkdirSync|copyFile|cp|symlink|link)\b[^;]*from 'node:fs(?:\/promises)?'/;
    const found = files.filter((file) =>
      WRITES.test(readFileSync(join(packageRoot, file), 'utf8').replace(/\n/g, ' ')),
    );
    expect(found.filter((file) => !WRITERS.includes(houseOf(file)) && !NAMED.includes(file))).toEqual([]);
  });

  test('no file is longer than 250 lines', () => {
    expect(files.filter((file) => readFileSync(join(packageRoot, file), 'utf8').split('\n').length > 251)).toEqual([]);
  });
});
