import { expect, test } from 'vitest';
import { dockerWords } from '../../src/model/docker-words.ts';

const of = (line: string) => dockerWords(line.split(' '));

test.each([
  [
    'docker run --rm --network clickhouse_default --env-file .env.api api:prod load --all',
    { command: 'docker', verb: 'run', image: 'api:prod', remove: true, detached: false },
  ],
  [
    'docker run -it -p 80:80 --name=loader -e A=b --memory 64m api:prod',
    { command: 'docker', verb: 'run', image: 'api:prod', container: 'loader', remove: false, detached: false },
  ],
  ['docker run -d -v/a:/b --init x', { command: 'docker', verb: 'run', image: 'x', remove: false, detached: true }],
  [
    'sudo docker --context far container run x',
    { command: 'docker', verb: 'run', image: 'x', remove: false, detached: false },
  ],
  [
    '/usr/bin/podman exec -it -u root api sh',
    { command: '/usr/bin/podman', verb: 'exec', container: 'api', remove: false, detached: false },
  ],
  [
    'docker compose -f c.yml run --rm -T loader --once',
    {
      ...{ command: 'docker', verb: 'compose run', service: 'loader', remove: true, detached: false },
      compose: { command: 'docker', args: ['compose', '-f', 'c.yml'] },
    },
  ],
  [
    'docker -D compose --verbose --profile night -p shop run --name once -v/a:/b loader',
    {
      ...{ command: 'docker', verb: 'compose run', service: 'loader', container: 'once', remove: false },
      compose: { command: 'docker', args: ['-D', 'compose', '--verbose', '--profile', 'night', '-p', 'shop'] },
      detached: false,
    },
  ],
  [
    'docker-compose exec --index=2 api sh',
    {
      ...{ command: 'docker', verb: 'compose exec', service: 'api', remove: false, detached: false, index: 2 },
      compose: { command: 'docker-compose', args: [] },
    },
  ],
])('%s', (line, words) => expect(of(line)).toEqual(words));

test.each(['docker ps', 'python load.py', 'docker logs -f api', 'echo docker'])('none: %s', (line) =>
  expect(of(line)).toBeUndefined(),
);
