import { dockerErrorOf, lastWords } from '../engine/docker/errors.ts';
import type { CommandFacts, NotStarted } from '../model/command.ts';
import { dockerWords } from '../model/docker-words.ts';

/** The engine could not start the program in the container; `exec` says so on standard output. */
const NO_PROGRAM = /OCI runtime (?:create|exec) failed.*?exec: \\?"([^"\\]+)\\?": (.*)/;
/** An image was looked for elsewhere. */
const NO_IMAGE = /Unable to find image|No such image|pull access denied|\bPulling\b/i;

/** Code of docker itself. */
const OWN_CODE = 125;

/**
 * Why Docker started nothing, by its own words at its end; undefined when it did.
 * @param started whether the engine told of a start; undefined: not known
 */
export function dockerRefusal(
  words: readonly string[],
  { ended, exit_code }: Pick<CommandFacts, 'ended' | 'exit_code'>,
  printed: string,
  started: boolean | undefined,
): NotStarted | undefined {
  const asked = dockerWords(words);
  if (!asked || ended !== 'by-itself' || exit_code === undefined || exit_code === 0) return undefined;
  const { command, service, container, image = service && `of service ${service}` } = asked;
  const makes = asked.verb === 'run' || asked.verb === 'compose run';
  const [, program, why = ''] = NO_PROGRAM.exec(printed) ?? [];
  // `exec` is begun before its program is looked for.
  const noProgram = program !== undefined && (started !== true || !makes);
  if (!noProgram && (started === true || (started === undefined && exit_code !== OWN_CODE))) return undefined;
  if (program !== undefined && noProgram) {
    const place = makes ? `the image ${image}` : `the container ${container ?? image}`;
    return /permission denied/.test(why)
      ? { reason: 'not-executable', message: `${program} is in ${place}, and may not be executed` }
      : { reason: 'not-found', message: `${place} has no ${program}` };
  }
  if (makes && NO_IMAGE.test(printed))
    return { reason: 'image-missing', message: `the image ${image} is not on this machine` };
  const error = dockerErrorOf(printed, { command, image, container });
  const silent = makes ? 'Docker refused it, and did not say why' : `the container ${container ?? image} does not run`;
  const message = error?.message ?? (lastWords(printed) || silent);
  return { reason: error?.failure === 'no-image' ? 'image-missing' : 'docker-refused', message };
}
