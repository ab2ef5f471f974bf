/** A type text taken apart at its outermost bracket: `Decimal(9, 2)` → name `Decimal`, args `9, 2`. */
export function outerType(type: string): { name: string; args: string } {
  const found = /^([A-Za-z0-9]+)\(([\s\S]*)\)$/.exec(type.trim());
  return found ? { name: found[1] ?? '', args: found[2] ?? '' } : { name: type.trim(), args: '' };
}

/** The type without Nullable, also inside LowCardinality. */
export function notNullable(type: string): string {
  const { name, args } = outerType(type);
  if (name === 'Nullable') return args;
  if (name === 'LowCardinality') return `LowCardinality(${notNullable(args)})`;
  return type;
}

export function isNullable(type: string): boolean {
  return notNullable(type) !== type;
}

const INTEGER = /^(U?)Int(8|16|32|64|128|256)$/;

function withoutWrappers(type: string): string {
  const { name, args } = outerType(type);
  return name === 'Nullable' || name === 'LowCardinality' ? withoutWrappers(args) : type;
}

function fits(from: string, to: string): boolean {
  if (from === to) return true;
  const small = INTEGER.exec(from);
  const large = INTEGER.exec(to);
  if (small && large) {
    const [, unsigned, width] = small;
    const wider = Number(large[2]) > Number(width);
    return large[1] === unsigned ? Number(large[2]) >= Number(width) : unsigned === 'U' && wider;
  }
  if (to === 'String')
    return (
      small !== null ||
      ['Float32', 'Float64', 'UUID', 'Date', 'DateTime'].includes(from) ||
      from.startsWith('FixedString(')
    );
  return from === 'Float32' && to === 'Float64';
}

/**
 * Whether every value of the one type has its place in the other, so that MODIFY COLUMN cannot fail on a row.
 * A mutation that does fail stays in the queue and holds up the table: whatever is not surely safe is copied instead.
 */
export function isSafeChange(from: string, to: string): boolean {
  if (isNullable(from) && !isNullable(to)) return false;
  return fits(withoutWrappers(from), withoutWrappers(to));
}
