import { splitTop, tokenize } from '../../model/schema-diff/tokens.ts';
import { outerType } from '../../model/schema-diff/types.ts';

/** A value as JSONEachRow takes it, or why none can be made. */
export type TestValue = { value: unknown } | { refused: string };

/** What texts and numbers look like in one attempt: checks and computed columns may want another kind. */
export interface Flavour {
  text: string;
  number: number;
}

export const plainFlavour: Flavour = { text: 'chwitness', number: 1 };

const INSTANT = { date: '2024-02-29', time: '12:34:56', fraction: '123456789' };

function fraction(digits: number): string {
  return digits === 0 ? '' : `.${INSTANT.fraction.slice(0, digits)}`;
}

/** Exactly as long as the type: shorter ones come back with zero bytes behind them. */
function fixedText(length: number, text: string): string {
  return text.repeat(Math.ceil(length / Math.max(1, text.length))).slice(0, length);
}

const RING = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 0],
];

const SCALARS: Record<string, (args: string, flavour: Flavour) => unknown> = {
  Float32: () => 0.5,
  Float64: () => 0.5,
  BFloat16: () => 0.5,
  Bool: () => true,
  String: (_, flavour) => flavour.text,
  FixedString: (args, flavour) => fixedText(Number(args), flavour.text),
  Date: () => INSTANT.date,
  Date32: () => INSTANT.date,
  DateTime: () => `${INSTANT.date} ${INSTANT.time}`,
  DateTime64: (args) => `${INSTANT.date} ${INSTANT.time}${fraction(Number.parseInt(args, 10))}`,
  Time: () => INSTANT.time,
  Time64: (args) => `${INSTANT.time}${fraction(Number.parseInt(args, 10))}`,
  UUID: () => '01234567-89ab-4def-8123-456789abcdef',
  IPv4: () => '192.0.2.1',
  IPv6: () => '2001:db8::1',
  Dynamic: (_, flavour) => flavour.text,
  JSON: (_, flavour) => ({ chwitness: flavour.text }),
  Object: (_, flavour) => ({ chwitness: flavour.text }),
  Point: () => [1, 2],
  Ring: () => RING,
  LineString: () => RING,
  MultiLineString: () => [RING],
  Polygon: () => [RING],
  MultiPolygon: () => [[RING]],
  QBit: (args) => Array.from({ length: Number(args.split(',')[1]) }, () => 0.5),
};

function all(types: readonly string[], flavour: Flavour): TestValue {
  const values: unknown[] = [];
  for (const type of types) {
    const made = testValue(type, flavour);
    if ('refused' in made) return made;
    values.push(made.value);
  }
  return { value: values };
}

/** `a UInt8` → name and type; an unnamed element has no name. */
function field(text: string): { name: string | undefined; type: string } {
  const [first, second] = tokenize(text);
  if (!first || !second || second.text === '(' || second.kind === 'symbol') return { name: undefined, type: text };
  return { name: first.value, type: text.slice(second.start) };
}

function tuple(args: string, flavour: Flavour): TestValue {
  const fields = splitTop(args, ',').map(field);
  const made = all(
    fields.map((one) => one.type),
    flavour,
  );
  if ('refused' in made || !Array.isArray(made.value)) return made;
  if (fields.some((one) => one.name === undefined)) return made;
  const values: unknown[] = made.value;
  return { value: Object.fromEntries(fields.map((one, i) => [one.name, values[i]])) };
}

/** A value of this type, small and easy to recognise; named tuples as objects. Types of newer servers than known here are refused. */
export function testValue(type: string, flavour: Flavour = plainFlavour): TestValue {
  const { name, args } = outerType(type);
  const wrap = (made: TestValue, into: (value: unknown) => unknown): TestValue =>
    'refused' in made ? made : { value: into(made.value) };
  if (/^U?Int(?:8|16|32|64|128|256)$/.test(name)) return { value: flavour.number };
  if (/^Decimal/.test(name))
    return { value: /(?:^|, ?)0$/.test(args) || (name === 'Decimal' && !args.includes(',')) ? 1 : 1.5 };
  const scalar = SCALARS[name];
  if (scalar) return { value: scalar(args, flavour) };
  switch (name) {
    case 'Enum8':
    case 'Enum16':
    case 'Enum':
      return { value: tokenize(args).find((token) => token.kind === 'string')?.value ?? '' };
    case 'Nullable':
    case 'LowCardinality':
      return testValue(args, flavour);
    case 'Array':
      return wrap(testValue(args, flavour), (value) => [value]);
    case 'Tuple':
      return tuple(args, flavour);
    case 'Nested':
      return wrap(tuple(args, flavour), (value) => [value]);
    case 'Map': {
      const made = all(splitTop(args, ','), flavour);
      return wrap(made, (value) => (Array.isArray(value) ? { [String(value[0])]: value[1] } : {}));
    }
    case 'SimpleAggregateFunction':
      return testValue(splitTop(args, ',').slice(1).join(', '), flavour);
    case 'Variant':
      return (
        splitTop(args, ',')
          .map((one) => testValue(one, flavour))
          .find((made) => 'value' in made) ?? { refused: 'no type of the Variant can be tried' }
      );
    case 'AggregateFunction':
      return {
        refused: 'an aggregate state is computed by the server and cannot be written as text; left at its default',
      };
    case 'Geometry':
      return { refused: 'a Geometry does not say in text which of its shapes is meant; left at its default' };
    default:
      return { refused: `no test value is known for type ${type}; left at its default` };
  }
}
