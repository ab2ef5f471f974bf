import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { manifestText } from '../../src/archive/bag.ts';
import { pack } from '../../src/archive/pack.ts';
import { verify } from '../../src/archive/verify.ts';
import type { RunJson } from '../../src/model/run.ts';
import { check, NAME, sampleBag, sha256 } from './sample-bag.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chwitness-verify-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const forms = ['tar.gz', 'zip', 'folder'] as const;

/** Packs the sample, lets `tamper` change it unpacked, and packs it again by the usual tools. */
async function tampered(form: (typeof forms)[number], tamper: (bag: string) => void): Promise<string> {
  const { path } = await pack(sampleBag(folder));
  execFileSync('tar', ['-xzf', path, '-C', folder]);
  tamper(join(folder, NAME));
  if (form === 'folder') return join(folder, NAME);
  const again = join(folder, `again.${form}`);
  if (form === 'zip') execFileSync('zip', ['-qr', again, NAME], { cwd: folder });
  else execFileSync('tar', ['-czf', again, NAME], { cwd: folder });
  return again;
}

function edit(path: string, change: (text: string) => string): void {
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
}

/** Makes every manifest right again, as a careful forger would. */
function recompute(bag: string): void {
  for (const [manifest, under] of [
    ['manifest-sha256.txt', 'data'],
    ['tagmanifest-sha256.txt', '.'],
  ] as const) {
    const found = execFileSync('find', [under, '-type', 'f', '-print0'], { cwd: bag, encoding: 'utf8' });
    const paths = found.split('\0').map((path) => path.replace(/^\.\//, ''));
    const mine = paths.filter(
      (path) => path !== '' && path !== 'tagmanifest-sha256.txt' && (under === 'data' || !path.startsWith('data/')),
    );
    writeFileSync(
      join(bag, manifest),
      manifestText(mine.map((path) => ({ path, sha256: sha256(readFileSync(join(bag, path))) }))),
    );
  }
}

function editRun(bag: string, change: (run: RunJson) => void): void {
  edit(join(bag, 'run.json'), (text) => {
    const run: RunJson = JSON.parse(text);
    change(run);
    return JSON.stringify(run);
  });
  recompute(bag);
}

function first<T>(list: T[]): T {
  const [item] = list;
  if (item === undefined) throw new Error('the list is empty');
  return item;
}

const artifact = 'data/artifacts/before/query log.txt';

const cases: [string, (bag: string) => void, string[]][] = [
  ['nothing', () => undefined, []],
  [
    'one flipped byte in an artifact',
    (bag) => {
      const bytes = readFileSync(join(bag, artifact));
      bytes.writeUInt8(bytes.readUInt8(4500) ^ 1, 4500);
      writeFileSync(join(bag, artifact), bytes);
    },
    [`${artifact} was changed: its sha256 is not that of manifest-sha256.txt`],
  ],
  [
    'one flipped byte in report.html',
    (bag) => edit(join(bag, 'report.html'), (text) => text.replace('orders', 'Orders')),
    ['report.html was changed: its sha256 is not that of tagmanifest-sha256.txt'],
  ],
  [
    'one flipped byte in the tag manifest',
    (bag) =>
      edit(join(bag, 'tagmanifest-sha256.txt'), (text) => text.replace(/^./, (digit) => (digit === 'a' ? 'b' : 'a'))),
    ['bagit.txt was changed: its sha256 is not that of tagmanifest-sha256.txt'],
  ],
  [
    'a missing empty file',
    (bag) => rmSync(join(bag, 'data/artifacts/before/empty.txt')),
    [
      'data/artifacts/before/empty.txt is missing: manifest-sha256.txt lists it',
      `bag-info.txt says 9691.6 (bytes.files) of the payload, it is 9691.5`,
    ],
  ],
  [
    'a missing report',
    (bag) => rmSync(join(bag, 'report.md')),
    ['report.md is missing: tagmanifest-sha256.txt lists it'],
  ],
  [
    'a missing tag manifest',
    (bag) => rmSync(join(bag, 'tagmanifest-sha256.txt')),
    ['tagmanifest-sha256.txt is missing: every archive of chwitness has one'],
  ],
  [
    'an added file',
    (bag) => writeFileSync(join(bag, 'data/artifacts/extra.txt'), ''),
    [
      'data/artifacts/extra.txt was added: manifest-sha256.txt does not list it',
      `bag-info.txt says 9691.6 (bytes.files) of the payload, it is 9691.7`,
    ],
  ],
  [
    'an added tag file',
    (bag) => writeFileSync(join(bag, 'note.txt'), 'x'),
    ['note.txt was added: tagmanifest-sha256.txt does not list it'],
  ],
  [
    'an added file with recomputed manifests',
    (bag) => {
      writeFileSync(join(bag, 'data/artifacts/extra.txt'), '');
      recompute(bag);
    },
    [
      `bag-info.txt says 9691.6 (bytes.files) of the payload, it is 9691.7`,
      'the payload manifest lists data/artifacts/extra.txt, run.json does not',
    ],
  ],
  [
    'a changed artifact with recomputed manifests',
    (bag) => {
      edit(join(bag, artifact), (text) => text.replace('SELECT 1', 'SELECT 2'));
      recompute(bag);
    },
    [`run.json has another sha256 for ${artifact} than the payload manifest`],
  ],
  [
    'an edited summary',
    (bag) => edit(join(bag, 'run.json'), (text) => text.replace('"warn"', '"pass"')),
    [
      'run.json was changed: its sha256 is not that of tagmanifest-sha256.txt',
      'run.json says freshness (after) passed, the results in data/results.json say it warned',
    ],
  ],
  [
    'an edited verdict with recomputed manifests',
    (bag) => editRun(bag, (run) => Object.assign(first(run.checks), { status: 'skip' })),
    ['run.json says row-counts (after) was skipped, the results in data/results.json say it passed'],
  ],
  [
    'an edited message with recomputed manifests',
    (bag) => editRun(bag, (run) => Object.assign(first(run.checks), { message: 'all is well' })),
    [
      'run.json says message of row-counts (after) is "all is well", the results in data/results.json say "10 rows sent, 10 rows stored"',
    ],
  ],
  [
    'an edited line of evidence with recomputed manifests',
    (bag) => editRun(bag, (run) => Object.assign(first(first(run.checks).because), { text: 'count() is 11' })),
    [
      'run.json says because.0.text of row-counts (after) is "count() is 11", the results in data/results.json say "count() is 10"',
    ],
  ],
  [
    'a check left out, with recomputed manifests',
    (bag) => editRun(bag, (run) => run.checks.pop()),
    ['run.json leaves out freshness (after), which the results in data/results.json have'],
  ],
  [
    'a check made up, with recomputed manifests',
    (bag) => editRun(bag, (run) => run.checks.push(check('disk-headroom', { facts: undefined as never }))),
    ['run.json tells of disk-headroom (after), which the results in data/results.json do not have'],
  ],
  [
    'edited row counts with recomputed manifests',
    (bag) => editRun(bag, (run) => Object.assign(run.ingestion, { rows_written: 11 })),
    ['run.json says ingestion.rows_written is 11, the results in data/results.json say 10'],
  ],
  [
    'an edited exit code with recomputed manifests',
    (bag) => editRun(bag, (run) => Object.assign(run.run, { exit_code: 1 })),
    ['run.json says exit code 1, the results in data/results.json say 0'],
  ],
  [
    'a summary that is not one',
    (bag) => writeFileSync(join(bag, 'run.json'), '{'),
    ['run.json was changed', 'run.json is not JSON'],
  ],
  [
    'an older BagIt',
    (bag) => {
      edit(join(bag, 'bagit.txt'), (text) => text.replace('1.0', '0.97'));
      recompute(bag);
    },
    ['bagit.txt does not declare BagIt 1.0 in UTF-8'],
  ],
];

describe.each(forms)('a %s with', (form) => {
  test.each(cases)('%s', async (_, tamper, sentences) => {
    const { ok, problems } = await verify(await tampered(form, tamper));
    expect(problems.map(({ message }) => message)).toEqual(
      sentences.map((sentence) => expect.stringContaining(sentence)),
    );
    expect(ok).toBe(sentences.length === 0);
    for (const problem of problems) expect(problem.file ?? '').not.toBe('');
  });

  test('results taken away and everything else made to agree', async () => {
    const path = await tampered(form, (bag) => {
      const { length } = readFileSync(join(bag, 'data/results.json'));
      rmSync(join(bag, 'data/results.json'));
      edit(join(bag, 'bag-info.txt'), (text) => text.replace('9691.6', `${9691 - length}.5`));
      editRun(bag, (run) => {
        run.files = run.files.filter((file) => file.path !== 'data/results.json');
      });
    });
    expect((await verify(path)).problems).toEqual([
      {
        code: 'RESULTS_MISSING',
        file: 'data/results.json',
        message: 'data/results.json is missing, so nothing shows that run.json tells what was found',
      },
    ]);
  });
});

describe('a run that contradicts itself is found out, results and manifests agreeing', () => {
  const failed = check('row-counts', { status: 'fail' });
  const contradictions: [string, (run: RunJson) => RunJson, string][] = [
    [
      'a failed check and exit code 0',
      (run) => ({ ...run, checks: [failed] }),
      'run.json says exit code 0, and that row-counts (after) failed',
    ],
    [
      'a check out of time and exit code 0',
      (run) => ({ ...run, checks: [{ ...failed, status: 'timeout' }] }),
      'and that row-counts (after) ran out of time',
    ],
    [
      'a failed load and exit code 0',
      (run) => ({ ...run, ingestion: { ...run.ingestion, status: 'failed' } }),
      'run.json says exit code 0, and that the load failed',
    ],
    [
      'an end before the beginning',
      (run) => ({ ...run, run: { ...run.run, finished_at: '2026-03-01T11:00:00.000Z' } }),
      'run.json says the run ended (2026-03-01T11:00:00.000Z) before it began',
    ],
    [
      'complete, and what is missing',
      (run) => ({ ...run, run: { ...run.run, incomplete_because: ['no logs'] } }),
      'run.json says the evidence is complete, and names what is missing',
    ],
    [
      'incomplete, and not why',
      (run) => ({ ...run, run: { ...run.run, complete: false } }),
      'run.json says the evidence is incomplete, and not why',
    ],
    [
      'facts that are not there',
      (run) => ({ ...run, checks: [check('parts', { facts: 'data/facts/after/parts.json' })] }),
      'the facts of parts (after), data/facts/after/parts.json, are not in the archive',
    ],
  ];

  function consistent(change: (run: RunJson) => RunJson) {
    const { run, checks, ingestion, findings } = change(sampleBag(folder).run);
    const results = JSON.stringify({ checks, ingestion, findings, exit_code: run.exit_code });
    return sampleBag(folder, { files: { 'data/results.json': results }, run: change });
  }

  test.each(contradictions)('%s', async (_, change, sentence) => {
    const { path } = await pack(consistent(change));
    const { ok, problems } = await verify(path);
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining(sentence)]);
    expect(ok).toBe(false);
  });

  test("a failed check is no contradiction to another command's exit code", async () => {
    const command = (run: RunJson): RunJson => ({
      ...run,
      run: { ...run.run, exit_code: 3, exit_code_origin: 'command' },
      checks: [failed],
    });
    const { path } = await pack(consistent(command));
    expect(await verify(path)).toMatchObject({ ok: true, problems: [] });
  });
});

describe.each(['tar.gz', 'zip'] as const)('the file of a %s', (format) => {
  test('with any one byte of its second half flipped never verifies as another truth', async () => {
    const { path } = await pack({ ...sampleBag(folder), format });
    const whole = readFileSync(path);
    const truth = await verify(path);
    let refused = 0;
    for (let at = Math.floor(whole.length / 2); at < whole.length; at += 7) {
      const bytes = Buffer.from(whole);
      bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
      writeFileSync(path, bytes);
      const result = await verify(path).catch((error) => ({
        ok: false,
        problems: [{ message: String(error.message) }],
      }));
      if (!result.ok) {
        refused += 1;
        expect(result.problems[0]?.message).toMatch(/\S+ \S+/);
      } else expect(result).toEqual(truth);
    }
    // Dates and attributes in a zip's directory are not evidence and may pass; contents may not.
    expect(refused).toBeGreaterThan(format === 'tar.gz' ? whole.length / 14 - 2 : 20);
  });

  test('cut short is one problem that says how far it could be read', async () => {
    const { path, bytes } = await pack({ ...sampleBag(folder), format });
    truncateSync(path, bytes - 30);
    const { ok, problems } = await verify(path);
    expect(ok).toBe(false);
    expect(problems).toEqual([
      {
        code: 'ARCHIVE_DAMAGED',
        message: expect.stringMatching(/is damaged or cut short (in or after \S+|at its beginning)/),
      },
    ]);
  });
});

test('what is no archive at all is an error, not a verdict', async () => {
  writeFileSync(join(folder, 'x.tar.gz'), 'hello');
  await expect(verify(join(folder, 'x.tar.gz'))).rejects.toMatchObject({ code: 'ARCHIVE_NOT_ONE', exitCode: 2 });
  await expect(verify(join(folder, 'y.tar.gz'))).rejects.toMatchObject({ code: 'ARCHIVE_NOT_FOUND' });
});
