import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../src/redact/redactor.ts';

const hiding = createRedactor({ known: [], hidesRowValues: true });
const shown = (text: string) => hiding.plain(text).replace(/‹secret-\d+›/g, '‹›');

describe('values that a server quotes, where rows are about persons', () => {
  test.each([
    [
      `Cannot parse input: expected ',' before: '"Вера","phone":"+7 900 000-00-01"}': (while reading the value of key payload_json): (at row 3)`,
      "Cannot parse input: expected ',' before: '‹›': (while reading the value of key payload_json): (at row 3)",
    ],
    // 18.16 quotes nothing.
    [
      'Cannot parse input: expected " before: Vera","surname":"Petrova"}: (at row 1)',
      'Cannot parse input: expected " before: ‹›: (at row 1)',
    ],
    [
      "Cannot parse string 'Vera\\'s' as UInt32: syntax error at begin of string: while executing 'FUNCTION f'",
      "Cannot parse string '‹›' as UInt32: syntax error at begin of string: while executing 'FUNCTION f'",
    ],
    [
      "Constraint `c` for table t is violated at row 1. Expression: (n > 0). Column values: name = 'Vera', n = -5. (VIOLATED_CONSTRAINT)",
      'Constraint `c` for table t is violated at row 1. Expression: (n > 0). Column values: ‹› (VIOLATED_CONSTRAINT)',
    ],
    [
      'Column 2, name: client, type: UInt32, parsed text: "Vera"\nERROR: text "Petrova" is not like UInt32',
      'Column 2, name: client, type: UInt32, parsed text: "‹›"\nERROR: text "‹›" is not like UInt32',
    ],
    ["Unknown element 'Vera' for enum: while converting", "Unknown element '‹›' for enum: while converting"],
  ])('%s', (said, kept) => {
    expect(shown(said).replaceAll('\\n', '\n')).toBe(kept);
  });

  test('elsewhere they are shown: they say what is wrong with the row', () => {
    const said = "Cannot parse string 'lots' as UInt32: (at row 3)";
    expect(createRedactor({ known: [] }).plain(said)).toBe(said);
  });
});
