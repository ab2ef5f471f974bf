import { describe, expect, test } from 'vitest';
import { runJson } from '../../../src/model/run.ts';
import { htmlReport } from '../../../src/report/html.ts';
import { markdownReport } from '../../../src/report/markdown.ts';
import {
  checksBlock,
  createPaint,
  findingsBlock,
  headLine,
  loadBlock,
  verdictLine,
} from '../../../src/report/terminal.ts';
import { failedLoad } from './failed-load.run.ts';

describe('reports of a failed load', () => {
  test('the run is a valid run.json', () => {
    expect(runJson.parse(failedLoad)).toEqual(failedLoad);
  });

  test('Markdown', async () => {
    await expect(markdownReport(failedLoad)).toMatchFileSnapshot('failed-load.md');
  });

  test('HTML', async () => {
    await expect(htmlReport(failedLoad)).toMatchFileSnapshot('failed-load.html');
  });

  test('terminal without colours', async () => {
    const paint = createPaint(false);
    const text = [
      headLine(paint, failedLoad.run, '0.1.0'),
      checksBlock(
        paint,
        'before',
        failedLoad.checks.filter((check) => check.phase === 'before'),
      ),
      loadBlock(paint, failedLoad.ingestion),
      checksBlock(
        paint,
        'after',
        failedLoad.checks.filter((check) => check.phase === 'after'),
      ),
      findingsBlock(paint, failedLoad.findings),
      verdictLine(paint, failedLoad),
    ].join('\n\n');
    expect(text).not.toContain('\u001b');
    await expect(text).toMatchFileSnapshot('failed-load.txt');
  });

  test('nothing of the data becomes markup', () => {
    const page = htmlReport(failedLoad);
    expect(page).not.toContain('<script');
    expect(page).toContain('nightly &lt;orders&gt;');
    expect(page).not.toMatch(/\bsrc=|href=|url\(/);
    expect(markdownReport(failedLoad)).not.toMatch(/[^\\]<orders/);
  });
});
