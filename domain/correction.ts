// Which of several values of one identity counts (clinical.md §1.3).
// Promise: where the device numbers its readings the outcome doesn't depend on their order of arrival; a value that was once
// replaced never comes back by redelivery.

/** What tells versions of one identity apart. `value` is anything equal only for equal measurements, e.g. `6.4 mmol/L`. */
export interface ReadingVersion {
  readonly value: string;
  /** Rises over a device's life. */
  readonly seq?: number | undefined;
  /** Device clock when it was sent, epoch ms. */
  readonly sentAt?: number | undefined;
}

/**
 * `duplicate`: a value this identity has, or once had. `correction`: it replaces the current value, which is kept and flagged
 * `conflict`. `superseded`: a value older than the current one by the device's own numbering; it is kept beside it.
 */
export type CorrectionFate = 'duplicate' | 'correction' | 'superseded';

/** @param previous versions that were replaced before */
export function judgeCorrection(
  arriving: ReadingVersion,
  current: ReadingVersion,
  previous: readonly ReadingVersion[],
): CorrectionFate {
  if (arriving.value === current.value || previous.some(({ value }) => value === arriving.value)) return 'duplicate';
  return compareVersions(arriving, current) < 0 ? 'superseded' : 'correction';
}

/** Negative where `a` is older: by `seq` where both have one and differ, else by `sentAt`, else 0: arrival decides. */
function compareVersions(a: ReadingVersion, b: ReadingVersion): number {
  if (a.seq !== undefined && b.seq !== undefined && a.seq !== b.seq) return a.seq - b.seq;
  if (a.sentAt !== undefined && b.sentAt !== undefined) return a.sentAt - b.sentAt;
  return 0;
}
