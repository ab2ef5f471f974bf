import { spawnSync } from 'node:child_process';

/** Both ways to call compose: the plugin of docker, and the command of its own, of whichever version. */
export const COMPOSE_FORMS = [['docker', 'compose'], ['docker-compose']] as const;

/** Why one form of compose cannot be tried here; undefined where it can. Throws where engines are required. */
export function composeMissing([command, ...args]: readonly string[]): string | undefined {
  const { status } = spawnSync(command ?? '', [...args, 'version'], { timeout: 20_000 });
  if (status === 0) return undefined;
  const name = [command, ...args].join(' ');
  const missing = `skipped: no ${name} found (apt-get install -y --no-install-recommends docker-compose; the plugin is in it from version 2 on)`;
  if (process.env.CHWITNESS_REQUIRE_ENGINES === '1') throw new Error(missing);
  process.stderr.write(`${missing}\n`);
  return missing;
}
