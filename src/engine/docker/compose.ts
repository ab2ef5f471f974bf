import type { ComposeCall } from '../../model/docker-words.ts';
import { type CallOptions, call } from './call.ts';
import { DockerError, lastWords } from './errors.ts';

export { DockerError };

type Options = Pick<CallOptions, 'cwd' | 'env' | 'timeoutMs'>;

async function asked(how: ComposeCall, args: readonly string[], options: Options): Promise<string> {
  const { code, stdout, stderr } = await call(how.command, [...how.args, ...args], {
    ...options,
    maxBytes: 4 * 1024 * 1024,
  });
  if (code === 0) return stdout.toString('utf8');
  throw new DockerError('other', `${how.command} ${[...how.args, ...args].join(' ')}: ${lastWords(stderr)}`);
}

/**
 * The project as compose understands it, in YAML: files merged, variables filled in, env-files read. It holds secrets.
 * @throws DockerError when compose gives no answer
 */
export function composeConfig(how: ComposeCall, options: Options = {}): Promise<string> {
  return asked(how, ['config'], options);
}

/** The id of a service's running container, the first or the one that `index` names; undefined when there is none. */
export async function composeContainer(
  how: ComposeCall,
  { service, index = 1 }: { service: string; index?: number | undefined },
  options: Options = {},
): Promise<string | undefined> {
  const ids = await asked(how, ['ps', '-q', service], options);
  return ids.split('\n').filter((id) => /^[0-9a-f]{12,64}$/.test(id))[index - 1];
}
