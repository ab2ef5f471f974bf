import { exactDigits } from './exact-json.ts';

export type Money = { minor: bigint; rounded: boolean } | { reason: string };

const DECIMAL = /^(-?)(\d{1,15})(?:\.(\d+))?$/;

/**
 * An amount in hundredths, from a number or a text like `1250.50`. A number's binary rest (`449.99000000000001`) is rounded
 * away and said; a text must be exact.
 */
export function minorUnits(value: unknown): Money {
  if (exactDigits(value) !== undefined) return { reason: 'an amount of more than 15 digits' };
  if (typeof value !== 'number' && typeof value !== 'string')
    return { reason: value === undefined || value === null ? 'no amount' : 'an amount that is no number' };
  if (value === '') return { reason: 'an empty amount' };
  const [, sign, whole = '', fraction = ''] =
    DECIMAL.exec(typeof value === 'number' ? String(value) : value.trim()) ?? [];
  if (sign === undefined) return { reason: 'an amount that is not written like 1250.50' };
  const short = fraction.replace(/0+$/, '');
  if (short.length <= 2) {
    const minor = BigInt(whole) * 100n + BigInt(short.padEnd(2, '0'));
    return { minor: sign === '' ? minor : -minor, rounded: false };
  }
  const nearest = typeof value === 'number' ? Math.round(value * 100) : Number.NaN;
  if (Math.abs(nearest / 100 - Number(value)) < 1e-7) return { minor: BigInt(nearest), rounded: true };
  return { reason: 'an amount with more than two decimal places' };
}

/** Hundredths as a decimal text without trailing zeros: `1250.5`, `-0.05`. */
export function decimalText(minor: bigint): string {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(3, '0');
  const fraction = digits.slice(-2).replace(/0+$/, '');
  return `${minor < 0n ? '-' : ''}${digits.slice(0, -2)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** As Python prints a float of that value; empty for zero, as in the keys of the earlier loader. */
export function pythonFloat(minor: bigint): string {
  if (minor === 0n) return '';
  const text = decimalText(minor);
  return text.includes('.') ? text : `${text}.0`;
}
