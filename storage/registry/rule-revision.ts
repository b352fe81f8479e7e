// Two people who change the same thresholds: the second is told, not overwritten.
import { Refusal } from './refusal.ts';

/** @param seen the caller's, if told. Throws Refusal `conflict` where `present` is another. */
export function checkRevision(seen: number | undefined, present: number): void {
  if (seen === undefined || seen === present) return;
  const detail = `The thresholds have changed meanwhile: they are at revision ${present}, not ${seen}. Read them again (GET /rules) and set what you want of them.`;
  throw new Refusal('conflict', detail, { field: 'revision' });
}
