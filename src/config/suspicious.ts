import type { Variables } from './env-file.ts';
import { KNOWN_VARIABLES } from './options.ts';
import { nearest } from './similar.ts';

/** A variable that nobody reads, though its name comes close to one that is read. */
export interface Suspect {
  name: string;
  from: string;
  meant: string | undefined;
}

/** `CHWITNESS_TEST_SERVER` and its like belong to the tests. */
const OWN_OTHERS = /^CHWITNESS_TEST_/;

/** Misspelt variables: any unknown one of our own prefix, and slips in the usual ClickHouse names. */
export function suspects(variables: Variables): Suspect[] {
  return [...variables].flatMap(([name, { from }]) => {
    if (KNOWN_VARIABLES.includes(name) || OWN_OTHERS.test(name)) return [];
    // Names of a few letters are near everything.
    const most = name.startsWith('CH_') ? 1 : 2;
    if (!/^(CLICK_?HOUSE|CHWITNESS|CH)_/i.test(name)) return [];
    const meant = nearest(name, KNOWN_VARIABLES, most);
    return meant === undefined && !name.startsWith('CHWITNESS_') ? [] : [{ name, from, meant }];
  });
}

export function suspectNote({ name, from, meant }: Suspect): string {
  return `${name} from ${from} is not read${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}

/** The usual proxy variables are not read: whoever relies on them should learn it. */
export function proxyNote(variables: Variables, target: { url: string; proxy?: string | undefined }): string[] {
  const isHttps = target.url.startsWith('https:');
  const names = isHttps ? ['HTTPS_PROXY', 'https_proxy'] : ['HTTP_PROXY', 'http_proxy'];
  const name = names.find((each) => (variables.get(each)?.value ?? '').trim() !== '');
  const isLocal = /^https?:\/\/(localhost|127\.|\[::1\])/.test(target.url);
  if (target.url === '' || target.proxy !== undefined || isLocal || name === undefined) return [];
  return [`${name} is set and not used; name the proxy with --proxy or CHWITNESS_PROXY if the server is behind it`];
}
