import { expect, test } from 'vitest';
import { dockerRefusal } from '../../src/command/refusal.ts';

const of = (line: string, exit_code: number, printed: string, started?: boolean) =>
  dockerRefusal(line.split(' '), { ended: 'by-itself', exit_code }, printed, started);

/** As Docker 20.10 and 28, compose 1.29 and 2.26 print them. */
const NO_PROGRAM =
  'docker: Error response from daemon: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "loader": executable file not found in $PATH: unknown\n\nRun \'docker run --help\' for more information\n';
const NOT_EXECUTABLE =
  'OCI runtime exec failed: exec failed: unable to start container process: exec: "/etc/loader": permission denied: unknown\r\n';

test.each([
  [
    'docker run api:prod',
    125,
    'Unable to find image \'api:prod\' locally\ndocker: Error response from daemon: Get "https://registry": no such host\n',
    'image-missing',
    'the image api:prod is not on this machine',
  ],
  ['docker run api:prod', 127, NO_PROGRAM, 'not-found', 'the image api:prod has no loader'],
  [
    'docker run --network far api:prod',
    125,
    'docker: Error response from daemon: network far not found\n',
    'docker-refused',
    'there is no Docker network far',
  ],
  [
    'docker run --colour x',
    125,
    "unknown flag: --colour\n\nUsage:  docker run [OPTIONS] IMAGE\n\nRun 'docker run --help' for more information\n",
    'docker-refused',
    'unknown flag: --colour',
  ],
  [
    'docker compose run absent',
    18,
    ' absent Pulling \n absent Error Get "https://registry": no such host\n',
    'image-missing',
    'the image of service absent is not on this machine',
  ],
  ['docker compose run orders', 1, 'no such service: orders\n', 'docker-refused', 'no such service: orders'],
  ['docker-compose exec -T api true', 1, '', 'docker-refused', 'the container of service api does not run'],
  [
    'docker exec api true',
    1,
    'Error response from daemon: No such container: api\n',
    'docker-refused',
    'there is no container api',
  ],
])('%s was not started: %i', (line, code, printed, reason, message) =>
  expect(of(line, code, printed, false)).toEqual({ reason, message }),
);

test('exec is begun before its program is looked for', () =>
  expect(of('docker exec api /etc/loader', 126, NOT_EXECUTABLE, true)).toEqual({
    reason: 'not-executable',
    message: '/etc/loader is in the container api, and may not be executed',
  }));

test('what ran and failed was started, whatever its code and its words', () => {
  expect(of('docker run api:prod', 125, 'no such image\n', true)).toBeUndefined();
  expect(of('docker run api:prod', 127, NO_PROGRAM, true)).toBeUndefined();
  expect(of('docker exec api sh', 1, 'Error response from daemon: No such container\n', true)).toBeUndefined();
  expect(of('python load.py', 125, NO_PROGRAM, false)).toBeUndefined();
});

test('without the engine’s word only a code of Docker’s own, or its words for a missing program, tell', () => {
  expect(of('docker run api:prod', 1, 'connection refused\n')).toBeUndefined();
  expect(of('docker run api:prod', 125, 'Cannot connect to the Docker daemon\n')).toMatchObject({
    reason: 'docker-refused',
    message: 'the Docker engine does not answer',
  });
  expect(of('docker run api:prod', 127, NO_PROGRAM)).toMatchObject({ reason: 'not-found' });
});
