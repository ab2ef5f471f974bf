import { defineCheck, pass, warn, z } from '../src/api.ts';

const facts = z.strictObject({
  version: z.string(),
  /** chDB: ClickHouse as a library in another process, whatever the target is called. */
  embedded: z.boolean(),
});

type Version = readonly number[];

/** A defect of all releases below the fixed ones. */
interface Advisory {
  what: string;
  source: string;
  /** First good version of each branch that got the fix; branches between them without an entry stay affected. */
  fixed: readonly string[];
}

/**
 * Looked up 2026-11-24. Fixed versions as the sources name them; a branch that got no fix stays affected until the first
 * branch above the newest one named.
 */
const ADVISORIES: readonly Advisory[] = [
  {
    what: 'an unauthenticated request to the native port can change the flow of the server process (CVE-2024-6873)',
    source: 'https://clickhouse.com/docs/resources/changelogs/security-changelog (CVE-2024-6873)',
    fixed: ['23.8.15.35', '24.3.4.147', '24.4.2.141', '24.5.0.0'],
  },
  {
    what: 'where the library bridge is enabled, users of two table engines can run code of their own on the server (CVE-2025-1385)',
    source: 'https://clickhouse.com/docs/resources/changelogs/security-changelog (CVE-2025-1385)',
    fixed: ['24.3.18.6', '24.8.14.27', '24.11.5.34', '24.12.5.65', '25.1.5.5'],
  },
];

/** Releases of March and August are long-term ones, supported for a year; of the others the newest three are (SECURITY.md of ClickHouse). */
const LONG_TERM = new Set([3, 8]);
/** Its support is that of the package it comes in. */
const EMBEDDED = ' as a library (chDB), as old as the package that brings it';
const POLICY = 'https://github.com/ClickHouse/ClickHouse/blob/master/SECURITY.md';

export default defineCheck({
  id: 'server-version',
  title: 'The server’s version is supported and not known to be bad',
  failureTitle: 'The server’s version is out of support or known to be bad',
  why: 'Old releases get no fixes, print errors in other words, lack the logs that explain a failed load, and some lose data.',
  phases: ['before', 'after'],
  needs: ['http'],
  factsVersion: 1,
  facts,
  async collect(probe) {
    const { version, system } = probe.capabilities;
    // Asked of the engine itself, so that a sandbox reached by its address is told apart from a server too.
    const chdb = system.functions && (await probe.sql<{ functions: string | number }>('embedded-engine'))[0];
    return { version, embedded: Number(chdb?.functions ?? 0) > 0 };
  },
  judge(facts, { now }) {
    const version = facts.version.split('.').map((part) => Number.parseInt(part, 10));
    const known = ADVISORIES.filter((advisory) => affects(advisory, version));
    const end = supportedUntil(version);
    const over = end !== undefined && end.getTime() < now.getTime() && !facts.embedded;
    if (known.length === 0 && !over) {
      const until =
        end === undefined || facts.embedded ? '' : `, supported until about ${end.toISOString().slice(0, 7)}`;
      return pass(`ClickHouse ${facts.version}${facts.embedded ? EMBEDDED : ''}${until}`);
    }
    const because = known.map((advisory) => `${advisory.what}; ${advisory.source}`);
    if (over)
      because.push(
        `the ${branch(version)} releases were supported until about ${end.toISOString().slice(0, 7)}; ${POLICY}`,
      );
    const said = [over ? 'it no longer gets security fixes' : '', known.length > 0 ? 'it has known defects' : ''];
    return warn(
      `ClickHouse ${facts.version}${facts.embedded ? EMBEDDED : ''}: ${said.filter(Boolean).join(', and ')}`,
      {
        because,
        remedies: [
          `Upgrade to the newest long-term release (${newestLongTerm(now)}) or, before that, to the newest patch of ${branch(version)}`,
        ],
      },
    );
  },
});

function branch(version: Version): string {
  return `${version[0] ?? 0}.${version[1] ?? 0}`;
}

function parse(text: string): Version {
  return text.split('.').map(Number);
}

function compare(a: Version, b: Version): number {
  for (let part = 0; part < 4; part += 1) {
    const difference = (a[part] ?? 0) - (b[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function affects({ fixed }: Advisory, version: Version): boolean {
  const versions = fixed.map(parse);
  const own = versions.find((one) => one[0] === version[0] && one[1] === version[1]);
  const newest = versions.at(-1);
  return compare(version, own ?? newest ?? []) < 0;
}

/** End of support, from the month that a version's name says; undefined for versions not named after year and month. */
function supportedUntil(version: Version): Date | undefined {
  const [year = 0, month = 0] = version;
  if (year < 18 || month < 1) return undefined;
  // Before 2021 the second number counted releases, not months: their year is all that is certain, and long over.
  if (month > 12) return new Date(Date.UTC(2000 + year + 1, 0, 1));
  return new Date(Date.UTC(2000 + year, month - 1 + (LONG_TERM.has(month) ? 13 : 4), 1));
}

function newestLongTerm(now: Date): string {
  const [year, month] = [now.getUTCFullYear() - 2000, now.getUTCMonth() + 1];
  if (month > 8) return `${year}.8`;
  return month > 3 ? `${year}.3` : `${year - 1}.8`;
}
