import { EngineError } from '../engine/errors.ts';

/** Codes with which an INSERT is refused for what its rows hold. A view that fails may have let the table's own rows in. */
const DATA_CODES = new Set([
  6, 25, 26, 27, 32, 33, 38, 41, 43, 53, 69, 70, 72, 117, 130, 131, 190, 349, 376, 407, 441, 467, 469, 536, 675, 676,
  691,
]);

/**
 * Codes with which a statement is turned away before it begins: names, types, settings, grants, quotas that do not allow it; and more
 * partitions in one block than may be, which is counted before the first of them is written.
 */
const STATEMENT_CODES = new Set([
  10, 16, 20, 36, 44, 46, 47, 48, 50, 57, 60, 62, 63, 73, 81, 115, 164, 192, 193, 194, 195, 201, 252, 291, 344, 392,
  452, 497, 516,
]);

const PUSHED_TO_VIEW = /while pushing to view/i;

/** A view of the table failed: the table's own rows may be stored already. */
export function failedInView(error: EngineError): boolean {
  return PUSHED_TO_VIEW.test(error.serverText ?? error.message);
}

export function isDataError(thrown: unknown): thrown is EngineError {
  return serverCodeIn(thrown, DATA_CODES);
}

/**
 * The server refused an INSERT of one block before it wrote any of it. Whatever else it says may come in the middle: partitions are written
 * one after the other, and with a full disk those before stay.
 */
export function refusedWhole(thrown: unknown): boolean {
  return (isDataError(thrown) || serverCodeIn(thrown, STATEMENT_CODES)) && !failedInView(thrown);
}

function serverCodeIn(thrown: unknown, codes: ReadonlySet<number>): thrown is EngineError {
  return (
    thrown instanceof EngineError && thrown.failure === 'server' && thrown.code !== undefined && codes.has(thrown.code)
  );
}
