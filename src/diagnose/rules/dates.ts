import { patternRule } from '../pattern-rule.ts';
import { effective, here } from '../signals.ts';

/** Times and dates that the server’s parser would not take. */
export const dates = patternRule('dates', 'values', [
  {
    cause: 'datetime_iso8601_basic_parser',
    side: 'server',
    codes: [6, 27, 41, 53, 38],
    text: /Cannot parse (?:string|input|datetime)?.{0,200}(?:\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?|(?:before: ?'?|[' ])(?:T\d\d:\d\d|\.\d{1,9}(?:Z|[+-]\d\d:?\d\d)|Z["',\\]|[+-]\d\d:\d\d["',\\]))|Cannot parse DateTime.{0,80}T\d\d|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.\d]*)(?:Z|[+-]\d\d:?\d\d)?['"]?(?: as DateTime|: (?:value is not|Cannot parse))|expected ["'\\]+ ?before: ?'?(?:\.\d+)?(?:Z|T\d|[+-]\d\d:)/i,
    strength: 90,
    summary:
      'A time in ISO 8601 form (T, Z, fraction or offset) meets the basic parser, which takes 2025-01-31 12:00:00 only',
    remedies: (match) => [
      `Set ${effective(match, 'date_time_input_format')} = best_effort (slower, and it takes more forms than may be meant; it is the default from 26.5 on), or send YYYY-MM-DD hh:mm:ss`,
      'Fractions of a second need DateTime64',
    ],
    question: 'Does the value stand in the form 2025-01-31T12:00:00Z, and is date_time_input_format basic?',
  },
  {
    cause: 'datetime_missing_seconds',
    side: 'server',
    codes: [27, 41, 6],
    text: /(?:could not parse|Cannot parse)\D{0,40}\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?:Z|[+-]\d\d|['" ](?!:)| as|$)|Cannot parse DateTime.{0,60}\d\d:\d\d['"]|(?:got|text|value|ERROR:?)\W{1,3}\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?![:\d])/i,
    strength: 93,
    summary: 'The time has hours and minutes, and no seconds',
    remedies: ['Send seconds; neither basic nor best_effort takes a time without them in every version'],
    question: 'Does the value lack its seconds?',
  },
  {
    cause: 'datetime_value_unparsable',
    side: 'server',
    codes: [41, 38, 6, 27, 53, 321],
    text: /Cannot parse (?:DateTime|Date|time)\b|CANNOT_PARSE_DATE(?:TIME)?|Cannot read DateTime|as (?:DateTime|Date)(?:64|32)?\b.{0,40}(?:syntax error|unexpected)|is not like Date(?:Time)?|type: Date(?:Time)?[\w()', /]*,\s+ERROR|Unexpected date format|Cannot parse datetime/i,
    strength: 74,
    alone: 60,
    own: [41, 38],
    summary: 'A text is no time that the server can read',
    remedies: (match) => [
      `Send YYYY-MM-DD hh:mm:ss, or set ${effective(match, 'date_time_input_format')} = best_effort; parseDateTimeBestEffort tells what a text would be taken for`,
    ],
    question: 'In which form does the value stand?',
    signals: [here(/\d{4}-\d\d-\d\dT/, 'it is in ISO 8601 form', -8)],
  },
  {
    cause: 'datetime_out_of_range',
    side: 'server',
    codes: [321, 69, 407],
    text: /(?:DateTime|Date).{0,60}(?:out of (?:bounds?|range)|overflow)|VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE.{0,80}Date|Value .{1,40} is out of bounds of type Date/i,
    from: ['server', 'http', 'run', 'query_log', 'text_log'],
    strength: 84,
    summary: 'A time lies outside what its column can hold (DateTime 1970–2106, Date to 2149)',
    remedies: [
      [
        'Mend the value',
        ', or use DateTime64 or Date32',
        '; date_time_overflow_behavior = throw shows such values instead of wrapping them',
      ],
    ],
    question: 'Does the value lie before 1970 or after 2106?',
  },
]);
