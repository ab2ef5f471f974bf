import { codeOfName, knownCodes, nameOfCode } from '../diagnose/catalogue/codes.ts';
import { MEANINGS } from '../diagnose/catalogue/meanings.ts';
import { diagnose, RULES } from '../diagnose/diagnose.ts';
import { pagePath } from '../diagnose/page.ts';
import { readText } from '../diagnose/read/texts.ts';
import { viewOf } from '../diagnose/view.ts';
import { WitnessError } from '../kernel/errors.ts';
import type { Finding } from '../model/finding.ts';
import { createRedactor } from '../redact/redactor.ts';
import { createPaint, findingsBlock } from '../report/terminal.ts';
import { visible } from '../report/visible.ts';
import type { Handler } from './program.ts';

interface Explained {
  code: number;
  name: string;
  means?: string;
  confused_with?: string;
  versions?: string;
  /** Causes that rules name for it. */
  causes: string[];
  pages: string[];
}

/** What is known of a code; undefined where the engine has none. */
function explained(code: number): Explained | undefined {
  const name = nameOfCode(code) ?? (code === 1002 ? 'UNKNOWN_EXCEPTION' : undefined);
  if (name === undefined) return undefined;
  const meaning = MEANINGS[code];
  const named = RULES.flatMap((rule) => ('patterns' in rule ? [rule as unknown as Patterned] : [])).filter(
    ({ patterns }) => patterns.some(({ codes }) => codes?.includes(code)),
  );
  const causes = named.flatMap(({ patterns }) =>
    patterns.filter(({ codes }) => codes?.includes(code)).map(({ cause }) => cause),
  );
  return {
    code,
    name,
    ...(meaning ? { means: meaning.means } : {}),
    ...(meaning?.confused === undefined ? {} : { confused_with: meaning.confused }),
    ...(meaning?.versions === undefined ? {} : { versions: meaning.versions }),
    causes: [...new Set(causes)],
    pages: [...new Set(named.map(({ page }) => pagePath(page)))],
  };
}

interface Patterned {
  page: string;
  patterns: readonly { cause: string; codes?: readonly number[] }[];
}

function codeText({ code, name, means, confused_with, versions, causes, pages }: Explained): string {
  return [
    `${code} ${name}`,
    means === undefined ? '  no load is known to meet it often; the name says what it is' : `  means: ${means}`,
    ...(confused_with === undefined ? [] : [`  often confused with: ${confused_with}`]),
    ...(versions === undefined ? [] : [`  versions: ${versions}`]),
    ...(causes.length === 0 ? [] : [`  causes: ${causes.join(', ')}`]),
    ...pages.map((page) => `  page: ${page}`),
  ].join('\n');
}

function alike(word: string): string[] {
  const wanted = word.toUpperCase();
  return knownCodes()
    .filter(({ name }) => name.includes(wanted))
    .slice(0, 8)
    .map(({ code, name }) => `${code} ${name}`);
}

function ofCause(word: string): { cause: string; rule: string; page: string } | undefined {
  const rule = RULES.find(({ causes }) => causes.includes(word));
  return rule && { cause: word, rule: rule.id, page: pagePath(rule.page ?? 'causes') };
}

/** `chwitness explain <code | NAME | cause | message>` */
export const explainCommand: Handler = async (words, _options, io) => {
  const asked = words.join(' ').trim();
  const code = /^\d+$/.test(asked) ? Number(asked) : /^[A-Z][A-Z0-9_]+$/.test(asked) ? codeOfName(asked) : undefined;
  const one = code === undefined ? undefined : explained(code);
  if (one) return { code: 0, text: codeText(one), json: one };
  const cause = ofCause(asked);
  if (cause) return { code: 0, text: `${cause.cause}\n  rule: ${cause.rule}\n  page: ${cause.page}`, json: cause };
  const input = readText('(the message)', asked);
  const findings: Finding[] = diagnose(viewOf({}, [input]));
  const codes = [
    ...new Set(
      input.events.flatMap(({ exceptions }) =>
        exceptions.flatMap(({ code: found }) => (found === undefined ? [] : [found])),
      ),
    ),
  ];
  const known = codes.flatMap((found) => explained(found) ?? []);
  if (findings.length === 0 && known.length === 0) {
    const names = /^\w+$/.test(asked) ? alike(asked) : [];
    throw new WitnessError({
      code: 'EXPLAIN_UNKNOWN',
      what: `nothing is known of "${asked.slice(0, 200)}"`,
      next:
        names.length > 0
          ? `Alike: ${names.join(', ')}`
          : 'Give a code (252), its name (TOO_MANY_PARTS), or the whole message of the server',
    });
  }
  const redactor = createRedactor({ known: [] });
  const clean: Finding[] = visible(JSON.parse(redactor.json('explain', findings).toString()));
  const blocks = [
    ...known.map(codeText),
    ...(clean.length === 0 ? [] : [findingsBlock(createPaint(io.colours), clean)]),
  ];
  return { code: 0, text: blocks.join('\n\n'), json: { codes: known, findings: clean } };
};
