import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { holdJob, type Wanted } from '../../src/pipeline/job-lock.ts';
import { createRedactor } from '../../src/redact/redactor.ts';

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'chwitness-lock-'));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

const wanted = (change: Partial<Wanted> = {}): Wanted => ({
  stateDir,
  job: 'orders',
  target: { url: 'http://ch:8123', user: 'loader' },
  tables: ['shop.orders'],
  redactor: createRedactor({ known: [] }),
  waitMs: 0,
  waiting: () => undefined,
  stop: new AbortController().signal,
  ...change,
});
const path = () => join(stateDir, 'locks', 'orders.lock');

describe('one run of a job at a time', () => {
  test('a second one is told who holds it', async () => {
    const lock = await holdJob(wanted());
    await expect(holdJob(wanted())).rejects.toMatchObject({
      code: 'JOB_HELD',
      message: expect.stringContaining(`by process ${process.pid}, since `),
    });
    await lock.release();
    await (await holdJob(wanted())).release();
    expect(readdirSync(join(stateDir, 'locks'))).toEqual([]);
  });

  test('a second one may wait', async () => {
    const lock = await holdJob(wanted());
    const told: string[] = [];
    setTimeout(() => void lock.release(), 300);
    const second = await holdJob(wanted({ waitMs: 20_000, waiting: (sentence) => void told.push(sentence) }));
    expect(told).toHaveLength(1);
    await second.release();
  });

  test('a dead holder does not hold it, and neither does a file that says nothing', async () => {
    const child = spawn('true');
    await new Promise((resolve) => child.once('exit', resolve));
    const lock = await holdJob(wanted());
    const text = readFileSync(path(), 'utf8');
    await lock.release();
    for (const left of [text.replace(`"pid": ${process.pid}`, `"pid": ${child.pid}`), text.slice(0, 20), '']) {
      writeFileSync(path(), left);
      await (await holdJob(wanted())).release();
    }
  });

  test('a pid that was given to another process does not hold it', async () => {
    const lock = await holdJob(wanted());
    const text = readFileSync(path(), 'utf8');
    await lock.release();
    writeFileSync(path(), text.replace(/"pid_started": "\d+"/, '"pid_started": "1"'));
    await (await holdJob(wanted())).release();
  });

  test('the process of another machine or container holds it while it shows that it lives', async () => {
    const lock = await holdJob(wanted());
    const [own = ''] = readdirSync(join(stateDir, 'alive'));
    const theirs = join(stateDir, 'alive', own.replace(/^.*?\./, 'elsewhere-1.'));
    const text = readFileSync(path(), 'utf8')
      .replace(`"host": "${hostname()}"`, '"host": "elsewhere"')
      .replace(/"place": "[^"]+"/, '"place": "elsewhere-1"');
    await lock.release();
    writeFileSync(path(), text);
    writeFileSync(theirs, '');
    await expect(holdJob(wanted())).rejects.toThrow('on elsewhere');
    const minutesAgo = new Date(Date.now() - 120_000);
    utimesSync(theirs, minutesAgo, minutesAgo);
    await (await holdJob(wanted())).release();
    expect(readdirSync(join(stateDir, 'alive'))).toEqual([]);
  });

  test('of many at once one has it', async () => {
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => holdJob(wanted())));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('jobs of the same target know of each other', async () => {
    const first = await holdJob(wanted());
    const second = await holdJob(wanted({ job: 'items', tables: [] }));
    await holdJob(wanted({ job: 'far', target: { url: 'http://other:8123', user: 'x' } }));
    expect(await first.beside()).toEqual([{ job: 'items', user: 'loader', tables: [] }]);
    expect(await second.beside()).toEqual([{ job: 'orders', user: 'loader', tables: ['shop.orders'] }]);
  });
});
