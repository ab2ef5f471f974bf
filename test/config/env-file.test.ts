import { describe, expect, test } from 'vitest';
import { parseEnvFile } from '../../src/config/env-file.ts';
import { folder, said } from './sandbox.ts';

function values(text: string | Buffer, env: NodeJS.ProcessEnv = {}): Record<string, string> {
  const { variables, problems } = parseEnvFile(Buffer.from(text), '.env', env);
  expect(problems).toEqual([]);
  return Object.fromEntries([...variables].map(([name, { value }]) => [name, value]));
}

describe('an env-file is read as Docker reads it', () => {
  test.each([
    ['A=1\nB=2', { A: '1', B: '2' }],
    ['A=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['\uFEFFA=1', { A: '1' }],
    ['# comment\n\n  # too\nA=1 # not a comment', { A: '1 # not a comment' }],
    ['A="quoted"', { A: '"quoted"' }],
    ["A='x'", { A: "'x'" }],
    ['A=a=b=c', { A: 'a=b=c' }],
    ['A=', { A: '' }],
    ['A= spaced ', { A: ' spaced ' }],
    ['   A=1', { A: '1' }],
    ['A=$HOME $(B) \\n', { A: '$HOME $(B) \\n' }],
    ['A=1\nA=2', { A: '2' }],
    ['A', {}],
    ['a.b-c=1', { 'a.b-c': '1' }],
  ])('%j', (text, expected) => {
    expect(values(text)).toEqual(expected);
  });

  test('a bare name takes its value from the environment', () => {
    expect(values('A\nB', { A: 'from outside' })).toEqual({ A: 'from outside' });
  });

  test.each([
    ['A=1\n=secret-value', '.env:2', /no name before its =/],
    ['export A=secret-value', '.env:1', /drop the word export/],
    ['A =secret-value', '.env:1', /without a space before the =/],
    [Buffer.from([0x41, 0x3d, 0xff]), '.env', /not UTF-8/],
  ])('%j is a mistake at its line, and the line is not shown', (text, where, sentence) => {
    const [problem] = parseEnvFile(Buffer.from(text), '.env', {}).problems;
    expect(problem?.where).toBe(where);
    expect(`${problem?.what} ${problem?.next}`).toMatch(sentence);
    expect(JSON.stringify(problem)).not.toContain('secret-value');
  });

  test('quotes and trailing spaces stay, with a note', () => {
    expect(parseEnvFile(Buffer.from('A="x"\nB=y '), '.env', {}).notes).toEqual([
      '.env:1: the quotes around A are part of its value, as they are for Docker',
      '.env:2: the white space at the end of B is part of its value, as it is for Docker',
    ]);
  });

  test('a missing env-file and a folder are mistakes, both named', async () => {
    const here = folder();
    here.write('sub/x', '');
    const text = said(await here.error({ envFile: ['no.env', 'sub'] }));
    expect(text).toMatch(/no\.env: .*there is no such file/);
    expect(text).toMatch(/sub: .*it is a folder/);
  });
});
