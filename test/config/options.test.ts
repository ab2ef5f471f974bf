import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { parseConfigFile } from '../../src/config/config-file.ts';
import { fileJsonSchema } from '../../src/config/file-schema.ts';
import type { Flags } from '../../src/config/flags.ts';
import { ALL_OPTIONS, FLAGS } from '../../src/config/options.ts';
import { configTemplate } from '../../src/config/template.ts';
import { SCHEMAS } from '../../src/config/values.ts';
import { packageRoot } from '../../src/kernel/package.ts';
import { folder } from './sandbox.ts';

const sample: { [K in keyof Required<Flags>]: true } = {
  config: true,
  envFile: true,
  url: true,
  embedded: true,
  database: true,
  user: true,
  passwordFile: true,
  passwordPrompt: true,
  ca: true,
  cert: true,
  key: true,
  dangerouslyAcceptInvalidCerts: true,
  proxy: true,
  cluster: true,
  timeout: true,
  table: true,
  job: true,
  schemaDir: true,
  out: true,
  stateDir: true,
  archiveFormat: true,
  junit: true,
  textfile: true,
  webhook: true,
  bundle: true,
  only: true,
  skip: true,
  failOn: true,
  concurrency: true,
  create: true,
  format: true,
  batchRows: true,
  batchBytes: true,
  onError: true,
  rejectFile: true,
  keepSamples: true,
  connections: true,
  retryFor: true,
  setting: true,
  sinceHours: true,
};

describe('the one table', () => {
  test('has each flag of the type Flags, and no other', () => {
    expectTypeOf<keyof Flags>().toEqualTypeOf<keyof typeof sample>();
    expect(FLAGS.map(({ name }) => name).sort()).toEqual(Object.keys(sample).sort());
  });

  test('names nothing twice', () => {
    for (const names of [
      FLAGS.map(({ flag }) => flag),
      ALL_OPTIONS.flatMap(({ env = [] }) => env),
      ALL_OPTIONS.flatMap(({ key = [] }) => key),
    ])
      expect(new Set(names).size).toBe(names.length);
  });

  test('its defaults are what its own schemas accept', () => {
    for (const { key, kind, default: value } of ALL_OPTIONS)
      if (value !== undefined) expect(SCHEMAS[kind].safeParse(value).success, key).toBe(true);
  });

  test('is read without loading any package, so that --help stays quick', () => {
    const files = [
      'options',
      'option',
      'options-target',
      'options-run',
      'options-load',
      'options-notify',
      'options-qtickets',
    ];
    for (const file of files) {
      const text = readFileSync(join(packageRoot, 'src', 'config', `${file}.ts`), 'utf8');
      const loaded = [...text.matchAll(/^import (?!type )[^;]*from '([^']+)'/gm)].map((match) => match[1]);
      expect(loaded.filter((from) => !files.includes(from?.replace(/^\.\/|\.ts$/g, '') ?? ''))).toEqual([]);
    }
  });
});

describe('the JSON Schema', () => {
  const path = join(packageRoot, 'schema', 'chwitness.schema.json');

  test('in the package is up to date (npx tsx test/config/write-schema.ts)', () => {
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(JSON.parse(JSON.stringify(fileJsonSchema())));
  });

  test('describes every key and refuses unknown ones', () => {
    const loose: string[] = [];
    const walk = (node: unknown, at: string) => {
      if (typeof node !== 'object' || node === null) return;
      if ('properties' in node && (!('additionalProperties' in node) || node.additionalProperties !== false))
        loose.push(at);
      for (const [key, inner] of Object.entries(node)) walk(inner, `${at}/${key}`);
    };
    walk(fileJsonSchema(), '');
    expect(loose).toEqual([]);
    const text = readFileSync(path, 'utf8');
    for (const { key, description } of ALL_OPTIONS)
      if (key !== undefined) expect(text).toContain(JSON.stringify(description));
    expect(text).not.toMatch(/"password"/);
  });
});

describe('the template', () => {
  const text = configTemplate('./x.json');

  test('holds every key, with the defaults in force', async () => {
    const without = folder();
    const plain = await without.load();
    without.write('chwitness.yaml', text);
    expect(await without.load()).toEqual(plain);
    for (const { key = '' } of ALL_OPTIONS)
      if (key !== '') expect(text).toMatch(new RegExp(`^ *#?${key.split('.').at(-1)}:`, 'm'));
  });

  test('its examples are valid when uncommented', () => {
    const file = parseConfigFile(text.replace(/^( *)#(\w+:)/gm, '$1$2'), 'x');
    expect(file.problems).toEqual([]);
    expect(file.raw).toMatchObject({ job: 'orders', archive: { keep: 30 } });
  });

  test('its lines can be read without scrolling sideways', () => {
    expect(text.split('\n').filter((line) => line.length > 112)).toEqual([]);
  });
});
