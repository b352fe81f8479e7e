// Whether what somebody is about to write of an identity was decided on what is stored of it now. For every engine's adapter.
import type { KnownIdentity, StoredReading } from '../ports/time-series.ts';

/** A record that is run again brings the same value under the same revision. */
export const isSameWrite = (a: StoredReading, b: StoredReading): boolean =>
  a.revision === b.revision &&
  a.origin.seq === b.origin.seq &&
  a.origin.index === b.origin.index &&
  a.origin.partition === b.origin.partition;

export const hasValue = ({ current, previous }: KnownIdentity, stored: StoredReading): boolean =>
  isSameWrite(current, stored) || previous.some((value) => isSameWrite(value, stored));

/**
 * Whether somebody else has brought a value since the caller looked: one that it doesn't know of, and not older than what it brings.
 * `brought`: everything of this identity that is to be written, what is replaced included.
 */
export function isOutdated(known: KnownIdentity, brought: readonly StoredReading[]): boolean {
  const news = brought.filter((stored) => !hasValue(known, stored));
  const firstNew = Math.min(...news.map(({ revision }) => revision));
  const isUnknown = (value: StoredReading) =>
    value.revision >= firstNew && !brought.some((stored) => isSameWrite(value, stored));
  return isUnknown(known.current) || known.previous.some(isUnknown);
}
