// Pages of a list: an opaque cursor holds the position after which the next page begins, so that nothing is skipped or shown
// twice while rows come and go.
import Type, { type Static, type TSchema } from 'typebox';
import Value from 'typebox/value';
import { invalid } from '../storage/registry/refusal.ts';
import { EARLIEST_INSTANT, LATEST_INSTANT } from './instant.ts';

export const DEFAULT_LIMIT = 100;

/** What positions are made of. A cursor comes from outside like everything else: it holds no number that a column couldn't. */
export const KeyPosition = Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 });
/** Epoch ms. */
export const InstantPosition = Type.Integer({ minimum: EARLIEST_INSTANT, maximum: LATEST_INSTANT });

/** `undefined` for the first page. Throws Refusal `invalid` for what is no cursor of this list. */
export function readCursor<T extends TSchema>(cursor: string | undefined, position: T): Static<T> | undefined {
  if (cursor === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Value.Check(position, value)) return value;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw invalid('cursor', 'This is no cursor of this list: take nextCursor of the page before, or leave it out.');
}

/** Of a list that is short enough to be read whole: the cursor is the id of the page's last row. Throws Refusal `invalid` as `readCursor`. */
export function pageOfAll<Row, Item>(
  rows: readonly Row[],
  { limit = DEFAULT_LIMIT, cursor }: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
  idOf: (row: Row) => string,
  toItem: (row: Row) => Item,
): { items: Item[]; nextCursor?: string } {
  const after = readCursor(cursor, Type.String());
  const last = after === undefined ? -1 : rows.findIndex((row) => idOf(row) === after);
  if (after !== undefined && last < 0)
    throw invalid('cursor', 'What the page before ended with is not there any more: begin again without a cursor.');
  return toPage(rows.slice(last + 1), limit, idOf, toItem);
}

/** From `limit + 1` rows or more: the page, and a cursor where there are more. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  positionOf: (row: Row) => unknown,
  toItem: (row: Row) => Item,
): { items: Item[]; nextCursor?: string } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const items = shown.map(toItem);
  if (rows.length <= limit || last === undefined) return { items };
  return { items, nextCursor: Buffer.from(JSON.stringify(positionOf(last))).toString('base64url') };
}
