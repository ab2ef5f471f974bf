import { createRequire } from 'node:module';
import type { Check, Requirement } from '../model/check.ts';
import { allows, grantStatement, parseGrants } from '../model/grants.ts';
import { hasGrants } from '../model/privileges.ts';
import type { PhaseProbes } from './probe.ts';

export interface Unmet {
  reason: string;
  remedies: string[];
}

/** The first need of a check that is not met here, with what would meet it; undefined when all are. */
export async function unmetNeed(check: Pick<Check, 'needs'>, probes: PhaseProbes): Promise<Unmet | undefined> {
  for (const need of check.needs ?? []) {
    const unmet = await test(need, probes);
    if (unmet) return unmet;
  }
  return undefined;
}

async function test(need: Requirement, probes: PhaseProbes): Promise<Unmet | undefined> {
  switch (need) {
    case 'http': {
      const found = await probes.reach();
      if (found.ok) return undefined;
      return { reason: `the target does not answer: ${found.failure.message}`, remedies: ['See target-reachable'] };
    }
    case 'tables':
      if (probes.tables.length > 0) return undefined;
      return {
        reason: 'no table is named',
        remedies: ['Name one with --table database.table, or under tables: in the configuration'],
      };
    case 'docker': {
      const found = await probes.dockerEngine();
      return found.ok ? undefined : { reason: found.problem.message, remedies: found.problem.remedies };
    }
    case 'cluster':
      if (probes.target.cluster !== undefined) return undefined;
      return {
        reason: 'no cluster is named, so only the node that answers is looked at',
        remedies: [
          'Name it with --cluster, or as target.cluster in the configuration: SELECT cluster FROM system.clusters',
        ],
      };
    case 'embedded-engine':
      if (engineInstalled()) return undefined;
      return {
        reason: `the embedded engine (chDB) is not installed, or not made for ${process.platform}-${process.arch}`,
        remedies: ['npm install chdb (Linux x64 and arm64 with glibc, macOS)'],
      };
    default:
      return testSystemTable(need.slice('system.'.length), probes);
  }
}

async function testSystemTable(table: string, probes: PhaseProbes): Promise<Unmet | undefined> {
  const found = await probes.reach();
  if (!found.ok)
    return { reason: `the target does not answer: ${found.failure.message}`, remedies: ['See target-reachable'] };
  const { system, user, version, grants, major, minor } = found.capabilities;
  if (table in system) return undefined;
  const lacks = { reason: `ClickHouse ${version} does not have system.${table} (yet)`, remedies: [] };
  // Before there were grants, every user saw every system table.
  if (!hasGrants(major, minor)) return lacks;
  const question = { privilege: 'SELECT', on: { database: 'system', table } };
  const answer = grants && allows(parseGrants(grants), question).answer;
  if (answer === 'yes') return lacks;
  if (answer === 'no')
    return {
      reason: `system.${table} is not visible to ${user}: SELECT on it is not granted`,
      remedies: [grantStatement(question, user)],
    };
  return {
    reason: `system.${table} is not visible to ${user}: ClickHouse ${version} does not have it (yet), or the grant is missing`,
    remedies: [grantStatement(question, user)],
  };
}

function engineInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve('chdb');
    return true;
  } catch {
    return false;
  }
}
