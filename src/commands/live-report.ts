import type { CheckResult } from '../model/run.ts';
import type { Listener } from '../pipeline/events.ts';
import { progressText } from '../report/live.ts';
import { checksBlock, createPaint, headLine, loadBlock, type Paint } from '../report/terminal.ts';
import { visible } from '../report/visible.ts';
import type { Io } from './outcome.ts';

/** Lines without a terminal come this far apart, ms. */
const PLAIN_INTERVAL_MS = 3000;

/** What was told before the load word for word is told after it in one line. */
function asBefore(result: CheckResult, before: readonly CheckResult[]): CheckResult {
  const told = before.some(
    ({ id, status, message }) => id === result.id && status === result.status && message === result.message,
  );
  const news = result.status !== 'pass' && (result.because.length > 0 || result.remedies.length > 0);
  return told && news ? { ...result, message: `${result.message} (as before)`, because: [], remedies: [] } : result;
}

/** Shows a run while it goes on: the head, a line a check, the load as it grows. */
export function liveReport(io: Io, version: string): { listen: Listener; paint: Paint } {
  const paint = createPaint(io.colours);
  let lastPlain = 0;
  let before: readonly CheckResult[] = [];
  const listen: Listener = (event) => {
    switch (event.type) {
      case 'opened':
        io.say(headLine(paint, event, version));
        return;
      case 'notice':
        io.progress(`note: ${visible(event.text)}`, true);
        return;
      case 'phase':
        if (event.state === 'finished') io.progress('', false);
        else if (event.phase === 'before' || event.phase === 'after') {
          if (io.live) io.progress(`checks ${event.phase} …`);
        }
        return;
      case 'checked':
        if (event.results.length === 0) return;
        io.say(
          `\n${checksBlock(
            paint,
            `checks ${event.phase}`,
            event.results.map((result) => asBefore(result, before)),
          )}`,
        );
        before = event.results;
        return;
      case 'loaded':
        io.say(`\n${loadBlock(paint, event.load)}`);
        return;
      case 'progress': {
        const now = performance.now();
        if (!io.live && now - lastPlain < PLAIN_INTERVAL_MS) return;
        lastPlain = now;
        io.progress(visible(progressText(event.progress)));
        return;
      }
    }
  };
  return { listen, paint };
}
