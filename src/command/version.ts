import { basename } from 'node:path';
import { execa } from 'execa';

/** Programs that tell their version and do nothing else when asked so. */
const TELLS: Record<string, string> = {
  ...{ python: '--version', python3: '--version', node: '--version', 'clickhouse-client': '--version' },
  ...{ clickhouse: '--version', curl: '--version', java: '-version', php: '--version', ruby: '--version' },
  ...{ dotnet: '--version', perl: '--version', Rscript: '--version', go: 'version' },
};

/** First line of what a known program says of its version; undefined for others, and where it says nothing. */
export async function versionOf(
  program: string,
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<string | undefined> {
  const name = basename(program).replace(/(\d)\.\d+$/, '$1');
  const flag = Object.hasOwn(TELLS, name) ? TELLS[name] : undefined;
  if (flag === undefined) return undefined;
  const { stdout, stderr, exitCode } = await execa(program, [flag], {
    ...options,
    stdin: 'ignore',
    timeout: 3000,
    reject: false,
    maxBuffer: 10_000,
  });
  const [line] = `${stdout}\n${stderr}`.trim().split('\n');
  return exitCode === 0 && line ? `${basename(program)}: ${line.slice(0, 200)}` : undefined;
}
