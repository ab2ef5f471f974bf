import { join, resolve } from 'node:path';
import { systemClock } from '../kernel/clock.ts';
import { plural } from '../kernel/format.ts';
import { createOracle } from '../pipeline/oracle.ts';
import { createPaint } from '../report/terminal.ts';
import { visible } from '../report/visible.ts';
import { configured, withTarget } from './configured.ts';
import type { Handler } from './program.ts';
import { schemaDiff } from './schema.ts';

/** `chwitness schema diff [dir]`: 0 no difference, 1 there is one. Remarks (`info`) do not count. */
export const schemaDiffCommand: Handler = ([dir], options, io) =>
  configured(io, options, async (config, redactor) => {
    const folder = dir === undefined ? (config.schemaDir ?? join(io.cwd, 'sql', 'schema')) : resolve(io.cwd, dir);
    const oracle = createOracle(config.target, `schema-${systemClock.now().getTime()}`);
    try {
      return await withTarget(config, async (target) => {
        const tables = config.tables.length === 0 ? undefined : config.tables;
        const found = visible(
          await schemaDiff({
            target,
            dir: folder,
            tables,
            startEngine: () => oracle.target(),
            signal: io.stop,
          }),
        );
        const paint = createPaint(io.colours);
        const words = { error: paint.red.bold('differs'), warn: paint.yellow('extra  '), info: paint.dim('note   ') };
        const real = found.differences.filter((difference) => difference.severity !== 'info');
        const head =
          real.length === 0
            ? paint.green(`no difference in ${plural(found.compared, 'table')}`)
            : paint.bold(`${plural(real.length, 'difference')} in ${plural(found.compared, 'table')} compared`);
        const mend =
          found.statements.length === 0
            ? []
            : [
                '',
                paint.bold('what would mend it'),
                ...found.statements.map((statement) => (statement.startsWith('--') ? statement : `${statement};`)),
              ];
        const lines = [
          ...found.differences.map((difference) => `  ${words[difference.severity]}  ${difference.message}`),
          ...found.notes.map((note) => paint.dim(`  note     ${note}`)),
        ];
        const text = redactor.plain([head, ...lines, ...mend].join('\n'));
        return {
          code: real.length === 0 ? 0 : 1,
          text,
          json: JSON.parse(redactor.json('schema-diff', found).toString()),
        };
      });
    } finally {
      await oracle.close();
    }
  });
