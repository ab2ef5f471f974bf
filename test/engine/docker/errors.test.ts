import { expect, test } from 'vitest';
import { dockerErrorOf } from '../../../src/engine/docker/errors.ts';

const wanted = { command: 'docker', container: 'ch', network: 'net', image: 'img:1', program: 'curl' };

/** What each version printed: Docker 20.10 and 28.2 seen here, the others as their issue trackers quote them. */
test.each([
  ['Error response from daemon: No such container: ch', 'no-container'],
  ['Error: No such object: ch', 'no-container'],
  ['Error: no container with name or ID "ch" found: no such container', 'no-container'],
  ['docker: Error response from daemon: network net not found.', 'no-network'],
  ['Error: unable to find network with name or ID net: network not found', 'no-network'],
  ['docker: Error response from daemon: No such image: img:1\n\nRun ...', 'no-image'],
  ['Error: img:1: image not known', 'no-image'],
  ['Error response from daemon: pull access denied for img, repository does not exist', 'no-image'],
  ['Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?', 'not-running'],
  ['failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct', 'not-running'],
  ['error during connect: Get "http://dind:2375/v1.24/version": dial tcp: lookup dind: no such host', 'not-running'],
  ['Cannot connect to Podman. Please verify your connection to the Linux system', 'not-running'],
  [
    'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: dial unix /var/run/docker.sock: connect: permission denied',
    'no-permission',
  ],
  ['Error response from daemon: Container 5f1 is not running', 'container-stopped'],
  ['Error response from daemon: Container ch is paused, unpause the container before exec', 'container-stopped'],
  [
    'OCI runtime exec failed: exec failed: unable to start container process: exec: "curl": executable file not found in $PATH: unknown',
    'no-program',
  ],
])('%s', (text, failure) => {
  const error = dockerErrorOf(text, wanted);
  expect(error?.failure).toBe(failure);
  expect(error?.message).not.toMatch(/undefined|\n/);
});

test('a program’s own complaint is none of Docker’s', () => {
  expect(dockerErrorOf('curl: (7) Failed to connect to web port 1', wanted)).toBeUndefined();
});
