import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { diagnose, RULES } from '../../src/diagnose/diagnose.ts';
import { readText } from '../../src/diagnose/read/texts.ts';
import { viewOf } from '../../src/diagnose/view.ts';
import { ownRules } from '../../src/pipeline/own-rules.ts';
import { foreignRules } from '../../src/registry/rules.ts';

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'chwitness-rules-'));
  mkdirSync(join(project, 'chwitness', 'rules'), { recursive: true });
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

const rule = (name: string, body: string) => writeFileSync(join(project, 'chwitness', 'rules', name), body);
const FINDS = `export default (api) => api.defineRule({ id: 'vpn-down', causes: ['vpn_down'], explain: (evidence) =>
  evidence.events.filter(({ flat }) => /tun0 is down/.test(flat)).map(({ text, file, line }) => ({ cause: 'vpn_down', side: 'network',
  confidence: 'certain', summary: 'The tunnel is down', because: [{ text, file, line }], alternatives: [], remedies: ['Bring it up'] })) });`;

test('a rule of the user is found, and names its cause', async () => {
  rule('vpn-down.mjs', FINDS);
  const own = (await foreignRules(project)).map(({ rule }) => rule);
  expect(own.map(({ id }) => id)).toEqual(['own/vpn-down']);
  const view = viewOf({}, [readText('run.log', 'ERROR tun0 is down')]);
  expect(diagnose(view, [...RULES, ...own])[0]).toMatchObject({
    cause: 'vpn_down',
    because: [{ file: 'run.log', line: 1 }],
  });
});

test('a rule that breaks, or finds nonsense, costs itself and is told of', async () => {
  rule(
    'breaks.mjs',
    "export default (api) => api.defineRule({ id: 'breaks', causes: ['x'], explain() { throw new Error('no'); } });",
  );
  rule(
    'nonsense.mjs',
    "export default (api) => api.defineRule({ id: 'nonsense', causes: ['x'], explain: () => [{ cause: 1 }] });",
  );
  const rules = (await foreignRules(project)).map(({ rule }) => rule);
  const told: string[] = [];
  const safe = ownRules({ rules, listen: (event) => told.push(event.type === 'notice' ? event.text : '') });
  expect(diagnose(viewOf({}), safe)).toEqual([]);
  expect(told).toHaveLength(2);
  expect(told[0]).toContain('The rule own/breaks broke and says nothing: no');
});

test('a file that is no rule is named', async () => {
  rule('other.mjs', 'export default { id: "another" };');
  await expect(foreignRules(project)).rejects.toMatchObject({
    code: 'RULE_INVALID',
    where: expect.stringContaining('other.mjs'),
  });
});
