import { describe, expect, test } from 'vitest';
import type { CheckResult } from '../../src/model/run.ts';
import { checksBlock, createPaint, grouped } from '../../src/report/terminal.ts';

function check(
  id: string,
  status: CheckResult['status'],
  message: string,
  more: Partial<CheckResult> = {},
): CheckResult {
  return {
    id,
    phase: 'before',
    status,
    title: `${id} title`,
    message,
    because: [],
    remedies: [],
    duration_ms: 1,
    blocking: false,
    ...more,
  };
}

const plain = createPaint(false);

describe('the terminal report', () => {
  test('a check is one line; what is not fine says why and what to do', () => {
    const text = checksBlock(plain, 'before', [
      check('a', 'pass', 'all 3 there', { because: [{ text: 'hidden' }], remedies: ['hidden too'] }),
      check('bb', 'fail', 'two are missing', { because: [{ text: 'x and y' }], remedies: ['make x\nmake y'] }),
    ]);
    expect(text).toBe(
      [
        'before',
        '  pass     a   all 3 there',
        '  FAIL     bb  bb title: two are missing',
        '           · x and y',
        '           → make x',
        '             make y',
      ].join('\n'),
    );
  });

  test('a check that broke is not told as if it had found what its title says', () => {
    expect(checksBlock(plain, 'before', [check('a', 'error', 'it threw')])).toBe('before\n  ERROR    a  it threw');
  });

  test('skips with one reason are one line, where the first stood', () => {
    const checks = [
      check('a', 'skip', 'no answer'),
      check('b', 'pass', 'fine'),
      check('c', 'skip', 'no answer'),
      check('d', 'skip', 'other'),
    ];
    expect(grouped(checks).map((group) => group.map(({ id }) => id))).toEqual([['a', 'c'], ['b'], ['d']]);
    expect(checksBlock(plain, 'before', checks)).toContain('  skip     a, c: no answer\n');
  });

  test('control characters of a server’s text are shown, not obeyed', () => {
    const text = checksBlock(plain, 'before', [check('a', 'fail', 'table \u001b[2J\u202e\u0007x')]);
    expect(text).toContain('table ␛[2J<U+202E>␇x');
  });

  test('colours only when asked for', () => {
    expect(checksBlock(createPaint(true), 'before', [check('a', 'fail', 'x')])).toContain('\u001b[');
    expect(checksBlock(plain, 'before', [check('a', 'fail', 'x')])).not.toContain('\u001b');
  });
});
