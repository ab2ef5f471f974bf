import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { htmlReport } from '../../src/report/html.ts';
import { failedLoad } from '../golden/report/failed-load.run.ts';

const BROWSER = process.env.CHWITNESS_TEST_BROWSER ?? '/usr/bin/chromium';
const missing = !existsSync(BROWSER);
if (missing) console.warn(`skipped: no browser at ${BROWSER} (set CHWITNESS_TEST_BROWSER or apt-get install chromium)`);

describe.skipIf(missing)('the HTML report in a real browser', () => {
  let folder = '';
  let browser: Awaited<ReturnType<typeof chromium.launch>>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chwitness-report-'));
    await writeFile(join(folder, 'report.html'), htmlReport(failedLoad));
    browser = await chromium.launch({
      executablePath: BROWSER,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(options: { width: number; colorScheme: 'light' | 'dark' }) {
    const page = await browser.newPage({
      viewport: { width: options.width, height: 800 },
      colorScheme: options.colorScheme,
    });
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(pathToFileURL(join(folder, 'report.html')).href);
    return { page, requests, complaints };
  }

  test('opens offline: nothing but itself is asked for, and the browser has nothing to complain about', async () => {
    const { page, requests, complaints } = await open({ width: 1100, colorScheme: 'light' });
    expect(requests).toEqual([pathToFileURL(join(folder, 'report.html')).href]);
    expect(complaints).toEqual([]);
    expect(await page.title()).toBe('nightly <orders>: failed');
    await page.close();
  });

  test('says what happened first', async () => {
    const { page } = await open({ width: 1100, colorScheme: 'light' });
    expect(await page.locator('h1').textContent()).toContain('the load failed');
    expect(await page.locator('h2').first().textContent()).toBe('Cause');
    await page.close();
  });

  test('failed checks are unfolded, passed ones can be', async () => {
    const { page } = await open({ width: 1100, colorScheme: 'light' });
    expect(await page.getByText('count() 250 000 before, 250 000 after').isVisible()).toBe(true);
    const remedy = page.getByText('Free space, or move old partitions');
    expect(await remedy.isVisible()).toBe(false);
    await page.getByText('disk default is 87 % full').click();
    expect(await remedy.isVisible()).toBe(true);
    await page.close();
  });

  test.each([320, 390, 1100])('nothing runs over the side at %i pixels', async (width) => {
    const { page } = await open({ width, colorScheme: 'light' });
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
    await page.close();
  });

  test('the bars of rows are as long as the counts say', async () => {
    const { page } = await open({ width: 1100, colorScheme: 'light' });
    const widths = await page
      .locator('[aria-label^="row counts"] .track')
      .evaluateAll((tracks) =>
        tracks.map((track) =>
          [...track.querySelectorAll('i')].map((bar) =>
            Math.round((100 * bar.getBoundingClientRect().width) / track.getBoundingClientRect().width),
          ),
        ),
      );
    // Of 300 000, the widest (before + sent of the second table): 150 000 and 30 000; 250 000 and 250 000.
    expect(widths).toEqual([
      [50, 10],
      [83, 83],
    ]);
    await page.close();
  });

  test('dark and light are two palettes with readable contrast', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await open({ width: 1100, colorScheme });
      const [ink, paper] = (await page.evaluate(
        `['color', 'backgroundColor'].map((name) => getComputedStyle(document.body)[name])`,
      )) as [string, string];
      expect(contrast(ink, paper)).toBeGreaterThan(7);
      await page.close();
    }
  });
});

/** WCAG 2.1 contrast ratio of two `rgb(r, g, b)` colours. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string) => {
    const [r = 0, g = 0, b = 0] = (colour.match(/\d+/g) ?? []).map((part) => {
      const value = Number(part) / 255;
      return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}
