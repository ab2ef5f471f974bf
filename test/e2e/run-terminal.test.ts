import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { archiveJson } from '../../src/archive/open.ts';
import { archiveFile } from '../helpers/archive-file.ts';
import { BUILT_CLI } from '../helpers/build.ts';
import { openPlace, type Place } from '../helpers/cli.ts';
import { type OldServer, oldServerMissing, startOldServer } from '../helpers/old-server.ts';
import { CTRL_C, CTRL_D, openTerminal } from '../helpers/terminal.ts';

const missing = oldServerMissing();
if (missing !== undefined) {
  console.warn(missing);
  if (process.env.CHWITNESS_REQUIRE_ENGINES === '1') throw new Error(missing);
}

const SECRET = 'typed-and-shown-4711';
let server: OldServer;
let place: Place;

describe.skipIf(missing !== undefined)('a command at a terminal', () => {
  beforeAll(async () => {
    const started = await startOldServer();
    if (!started.server) throw new Error(started.reason);
    server = started.server;
    place = await openPlace();
  });
  afterAll(async () => {
    await place?.close();
    await server?.stop();
  });
  // Whatever became of the command, the user's terminal is as it was.
  afterEach(() => {
    const state = (name: string) => readFileSync(join(place.folder, name), 'utf8').replace(/rows.*?columns \d+;/, '');
    expect(state('after.txt')).toBe(state('before.txt'));
  });

  const open = (options: string, script: string) => {
    const path = place.file('command.sh', script);
    const run = `run --job seat --url ${server.url} --only target-reachable ${options} -- sh ${path}`;
    // The shell that waits for us must outlive a Ctrl-C that comes to both.
    const line = `trap : INT; stty -a >before.txt; ${process.execPath} ${BUILT_CLI} ${run}; code=$?; stty -a >after.txt; exit $code`;
    return openTerminal(line, { cwd: place.folder, env: { API_TOKEN: SECRET } });
  };
  const kept = async () =>
    (await archiveFile(place.archives().at(-1) ?? '', 'data/artifacts/command/output.log')).toString();

  test('with --tty gets what is typed, the size and its changes, colours and the end of the input', async () => {
    const terminal = open(
      '--tty',
      `stty size
       printf 'name? '; read name; echo "hello $name"
       stty -echo; printf 'word? '; read word; stty echo; echo "of $(printf %s "$word" | wc -c)"
       printf '\\033[31mred\\033[0m %s\\n' "$API_TOKEN"
       trap 'stty size; changed=1' WINCH; echo ready; while [ -z "$changed" ]; do sleep 0.05; done
       cat; exit 4`,
    );
    await terminal.until(/name\? /);
    terminal.press('Ann\r');
    await terminal.until(/word\? /);
    terminal.press('unseen\r');
    await terminal.until(/ready/);
    terminal.resize(44, 88);
    await terminal.until(/44 88/);
    terminal.press('a line\r');
    await terminal.until(/a line\s+a line/);
    terminal.press(CTRL_D);
    const { code, shown } = await terminal.ended;
    expect(code, shown).toBe(4);
    const output = [
      ...['30 100', 'name? Ann', 'hello Ann', 'word? of 6', '\x1b[31mred\x1b[0m ‹secret-1›', 'ready', '44 88'],
      ...['a line', 'a line', ''],
    ];
    expect(await kept()).toBe(output.join('\r\n'));
    expect(shown).toContain('\x1b[31mred\x1b[0m ‹secret-1›');
    expect(shown).not.toContain(SECRET);
    expect(shown).not.toContain('unseen');
  });

  const COUNTS = `trap 'n=$((n+1)); echo "caught $n"' INT; echo ready; i=0; while [ $i -lt 8 ]; do sleep 0.1; i=$((i+1)); done; exit 5`;

  test.each(['--tty', ''])('gets Ctrl-C exactly once, and what follows it comes (%s)', async (options) => {
    const terminal = open(options, COUNTS);
    await terminal.until(/ready/);
    terminal.press(CTRL_C);
    const { shown } = await terminal.ended;
    expect(shown.match(/caught \d/g)).toEqual(['caught 1']);
    expect(shown).toMatch(/checks after[\s\S]*ended with exit code 5[\s\S]*evidence\/seat-/);
  });

  test('with --tty is given up at a second Ctrl-C at once, and the next start packs what it had printed', async () => {
    const terminal = open('--tty', 'trap "" INT; stty -icanon -echo; echo ready; sleep 60');
    await terminal.until(/ready/);
    terminal.press(CTRL_C);
    await new Promise((resolve) => setTimeout(resolve, 100));
    terminal.press(CTRL_C);
    expect(await terminal.ended).toMatchObject({ code: 130 });
    const before = place.archives();
    const next = await place.run(['run', '--job', 'seat', '--url', server.url, '--only', 'target-reachable', 'true']);
    const killed = next.archives.filter((path) => !before.includes(path));
    const runs = await Promise.all(killed.map(async (path) => ({ path, ...(await archiveJson(path)) })));
    const lost = runs.find(({ run }) => !run.complete);
    expect(next.stderr).toContain(`Run ${lost?.run.id} was killed`);
    expect((await archiveFile(lost?.path ?? '', 'data/artifacts/command/output.log')).toString()).toContain('ready');
  });

  test('with --tty is ended when its time is over, though it ignores SIGTERM and has changed its terminal', async () => {
    const terminal = open('--tty --timeout 1s --grace 300ms', 'trap "" TERM HUP; stty raw -echo; echo ready; sleep 60');
    expect(await terminal.ended).toMatchObject({ code: 137, shown: expect.stringContaining('did not end within') });
  });
});
