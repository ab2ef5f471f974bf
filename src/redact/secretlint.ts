import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import type { Finds } from './rules/finds.ts';

/**
 * Rules of the preset that are not asked: comments in evidence must not switch redaction off, and connection strings
 * lose only their password here (`rules/urls.ts`), not the host that a diagnosis needs.
 */
const LEFT_OUT = new Set([
  '@secretlint/secretlint-rule-filter-comments',
  '@secretlint/secretlint-rule-basicauth',
  '@secretlint/secretlint-rule-database-connection-string',
]);

/** `name = "` before and `"` after the secret, where a rule reports them along with it. */
const FRAME = /^(?:["']?[\w-]+["']?\s*(?::|=>|=)\s*["']?)?(.*?)["']?$/s;

/**
 * Unknown secrets by the patterns of secretlint's recommended preset. Its rules are synchronous for text, so they are
 * called one by one on a window; `@secretlint/core` would only wrap them in promises and locations.
 */
export function secretlintSpans(finds: Finds): void {
  const source = sourceOf(finds.text);
  for (const rule of rules) {
    if (LEFT_OUT.has(rule.meta.id)) continue;
    const name = rule.meta.id.replace('@secretlint/secretlint-rule-', '');
    const handler = rule.create(
      {
        sharedOptions: {},
        createTranslator: () => (messageId, data) => ({
          message: String(messageId),
          messageId: String(messageId),
          data,
        }),
        ignore: () => undefined,
        report({ range: [start, end] }) {
          const inner = FRAME.exec(finds.text.slice(start, end))?.[1] ?? '';
          const from = start + finds.text.slice(start, end).lastIndexOf(inner);
          finds.hide(`secretlint:${name}`, start, from, from + inner.length);
        },
      },
      // Account and key ids of AWS are names, not secrets: twelve digits would hide half of a table.
      { enableIDScanRule: false },
    );
    void handler.file?.(source);
  }
}

type Source = Parameters<NonNullable<ReturnType<(typeof rules)[number]['create']>['file']>>[0];

const POSITION = { line: 1, column: 0 };

function sourceOf(content: string): Source {
  return {
    hasBOM: false,
    content,
    filePath: 'evidence.txt',
    physicalFilePath: undefined,
    contentType: 'text',
    ext: '.txt',
    getFilePath: () => 'evidence.txt',
    getPhysicalFilePath: () => undefined,
    locationToRange: () => [0, 0],
    rangeToLocation: () => ({ start: POSITION, end: POSITION }),
    positionToIndex: () => 0,
    indexToPosition: () => POSITION,
  };
}
