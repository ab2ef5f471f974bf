import type { DockerFailure, DockerProblem } from '../../model/docker.ts';

/** Every failure of a call to Docker. The message is one sentence; what was handed to the command is not in it. */
export class DockerError extends Error {
  override readonly name = 'DockerError';
  readonly failure: DockerFailure;
  readonly remedies: readonly string[];

  constructor(failure: DockerFailure, message: string, remedies: readonly string[] = [], cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.failure = failure;
    this.remedies = remedies;
  }

  /** The same as a value that may cross borders. */
  toProblem(): DockerProblem {
    return { failure: this.failure, message: this.message, remedies: [...this.remedies] };
  }
}

/** What the caller was after, for sentences: `container ch-zakaz`. */
export interface Wanted {
  command: string;
  container?: string | undefined;
  network?: string | undefined;
  image?: string | undefined;
  program?: string | undefined;
}

type Say = (wanted: Wanted, match: RegExpExecArray) => [message: string, ...remedies: string[]];

/** Texts of Docker 20 to 29 and of Podman 4 and 5, first match wins. */
const TEXTS: readonly (readonly [RegExp, DockerFailure, Say])[] = [
  [
    /permission denied while trying to connect|(?:connect|dial unix).*permission denied/i,
    'no-permission',
    ({ command }) => [
      `the socket of the Docker engine refuses this user`,
      `sudo usermod -aG docker "$USER", and log in anew; or run as a user who may call "${command} ps"`,
    ],
  ],
  [
    /cannot connect to the docker daemon|failed to connect to the docker API|error during connect|cannot connect to podman|is the docker daemon running/i,
    'not-running',
    ({ command }, match) => [
      `the Docker engine does not answer${/ at (\S+?)\. /.exec(match.input)?.[1]?.replace(/^/, ' at ') ?? ''}`,
      `Start it (systemctl start docker), or mend DOCKER_HOST; "${command} version" must show a server`,
    ],
  ],
  [
    /container \S+ is not running|is paused, unpause|container state improper|can only create exec sessions on running/i,
    'container-stopped',
    ({ command, container }) => [
      `the container ${container ?? ''} is not running`,
      `${command} start ${container ?? 'NAME'}; ${command} logs --tail 50 ${container ?? 'NAME'} says why it stopped`,
    ],
  ],
  [
    /network (\S+) not found|network not found|unable to find network/i,
    'no-network',
    ({ command, network }, match) => [
      `there is no Docker network ${network ?? match[1] ?? ''}`,
      `${command} network ls names those that there are`,
    ],
  ],
  [
    /executable file (?:`.*?` )?not found|no such file or directory.*(?:exec|OCI runtime)|OCI runtime .*no such file or directory/i,
    'no-program',
    ({ program, container, image }) => [
      `${container === undefined ? `the image ${image ?? ''}` : `the container ${container}`} has no ${program ?? 'such program'}`,
    ],
  ],
  [
    /no such image|image not known|unable to find image|pull access denied|manifest unknown|repository does not exist/i,
    'no-image',
    ({ command, image }) => [
      `the image ${image ?? ''} is not on this machine`,
      `${command} pull ${image ?? 'IMAGE'}, or allow it with checks.http-docker.options.pull: true`,
    ],
  ],
  [
    /no such container|no such object|no container with name or id/i,
    'no-container',
    ({ command, container }) => [
      `there is no container ${container ?? ''}`,
      `${command} ps --all names those that there are`,
    ],
  ],
];

/** The failure that a text of docker's own means; undefined when it is not one that is known. */
export function dockerErrorOf(stderr: string, wanted: Wanted): DockerError | undefined {
  for (const [pattern, failure, say] of TEXTS) {
    const match = pattern.exec(stderr);
    if (!match) continue;
    const [message, ...remedies] = say(wanted, match);
    return new DockerError(failure, message, remedies);
  }
  return undefined;
}

/** The last line that docker printed, without its own prefixes and hints. */
export function lastWords(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(?:See|Run) ['"]?docker|^Usage: |^WARNING:/i.test(line));
  return (lines.at(-1) ?? '').replace(/^(?:docker|Error): (?:Error response from daemon: )?/i, '').slice(0, 500);
}
