/** Thrift compact protocol's element types. */
const STOP = 0;
const TRUE = 1;
const FALSE = 2;
const BYTE = 3;
const I16 = 4;
const I32 = 5;
const I64 = 6;
const DOUBLE = 7;
const BINARY = 8;
const LIST = 9;
const SET = 10;
const MAP = 11;
const STRUCT = 12;
/** Deeper than any metadata is; a damaged file must not exhaust the stack. */
const MAX_DEPTH = 32;

/**
 * The i64 of field `wanted` of the struct that `bytes` begin with, in thrift's compact protocol; undefined when there is none or the bytes are no struct.
 * (apache/thrift, doc/specs/thrift-compact-protocol.md)
 */
export function readI64Field(bytes: Uint8Array, wanted: number): bigint | undefined {
  let at = 0;
  const byte = (): number => {
    const value = bytes[at];
    if (value === undefined) throw new RangeError('the footer ends early');
    at += 1;
    return value;
  };
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const part = byte();
      value |= BigInt(part & 0x7f) << shift;
      if (part < 0x80) return value;
    }
    throw new RangeError('a number does not end');
  };
  const zigzag = (): bigint => {
    const value = varint();
    return (value >> 1n) ^ -(value & 1n);
  };
  const skip = (type: number, depth: number, inList = false): void => {
    if (depth > MAX_DEPTH) throw new RangeError('nested too deep');
    if (type === TRUE || type === FALSE) {
      // A field's boolean stands in its header; a list's takes a byte.
      if (inList) byte();
    } else if (type === BYTE) byte();
    else if (type === I16 || type === I32 || type === I64) varint();
    else if (type === DOUBLE) at += 8;
    else if (type === BINARY) {
      const length = Number(varint());
      at += length;
    } else if (type === LIST || type === SET) {
      const head = byte();
      const count = head >> 4 === 15 ? Number(varint()) : head >> 4;
      for (let index = 0; index < count; index += 1) skip(head & 0x0f, depth + 1, true);
    } else if (type === MAP) {
      const count = Number(varint());
      const kinds = count === 0 ? 0 : byte();
      for (let index = 0; index < count; index += 1) {
        skip(kinds >> 4, depth + 1, true);
        skip(kinds & 0x0f, depth + 1, true);
      }
    } else if (type === STRUCT) {
      fields((_id, inner) => {
        skip(inner, depth + 1);
        return false;
      });
    } else throw new RangeError(`unknown type ${type}`);
  };
  /** Visits each field of a struct until `visit` says that it has what it wants; `visit` consumes the value. */
  const fields = (visit: (id: number, type: number) => boolean): void => {
    for (let id = 0; ; ) {
      const head = byte();
      if (head === STOP) return;
      id = head >> 4 === 0 ? Number(zigzag()) : id + (head >> 4);
      if (visit(id, head & 0x0f)) return;
    }
  };
  try {
    let found: bigint | undefined;
    fields((id, type) => {
      if (id === wanted && type === I64) found = zigzag();
      else skip(type, 0);
      return found !== undefined;
    });
    return found;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
