import { join } from 'node:path';
import { WitnessError } from '../kernel/errors.ts';
import { makeFolder } from '../kernel/make-folder.ts';
import { parseTable } from '../model/table.ts';
import { showLife } from '../pipeline/life.ts';
import { scratchLedger, sweepScratch } from '../pipeline/scratch-sweep.ts';
import { createPaint } from '../report/terminal.ts';
import { visible } from '../report/visible.ts';
import { configured, withTarget } from './configured.ts';
import { probeTable } from './probe.ts';
import type { Handler } from './program.ts';

/** `chwitness probe <table>`: 0 the insert works, 1 it does not, 2 it could not be tried. */
export const probeCommand: Handler = ([word = ''], options, io) =>
  configured(io, options, async (config, redactor) => {
    const table = parseTable(word, config.target.database);
    if (!table)
      throw new WitnessError({
        code: 'USAGE_TABLE',
        what: `"${word}" is no table name`,
        where: 'chwitness probe <table>',
        next: 'Write database.table',
      });
    return withTarget(config, async (target, id) => {
      for (const dropped of await sweepScratch(target, config.stateDir))
        io.progress(`note: dropped ${dropped}, left by a run that was killed`, true);
      const ledger = scratchLedger(config.stateDir, id);
      await makeFolder(join(ledger, '..'));
      const hidden = await showLife(config.stateDir);
      const probed = await probeTable({ target, table, runId: id, ledger, signal: io.stop }).finally(hidden);
      const found = visible(probed);
      const paint = createPaint(io.colours);
      const words = { ok: paint.green('ok     '), failed: paint.red.bold('FAILED '), skipped: paint.dim('skipped') };
      const lines = found.steps.flatMap((step) => [
        `  ${words[step.status]}  ${step.step.padEnd(12)}  ${step.message}`,
        ...(step.remedy === undefined ? [] : [`           → ${step.remedy}`]),
      ]);
      const left = found.columns_left.map(({ column, reason }) => `  not tried  ${column}: ${reason}`);
      const failed = found.steps.some((step) => step.status === 'failed');
      const tried = found.steps.some((step) => step.status === 'ok');
      const verdict = failed
        ? paint.red.bold('an insert into this table fails')
        : tried
          ? paint.green.bold('an insert into this table works; nothing was left behind')
          : 'nothing could be tried';
      const text = redactor.plain(
        [
          `${paint.bold(found.table)}  ${found.engine}, ${found.columns_tried.length} columns tried`,
          ...lines,
          ...left,
          verdict,
        ].join('\n'),
      );
      return { code: failed ? 1 : tried ? 0 : 2, text, json: JSON.parse(redactor.json('probe', found).toString()) };
    });
  });
