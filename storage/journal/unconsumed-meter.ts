// How much of a journal nobody has consumed yet, known closely enough to refuse appends in time at no cost per append.
import { TemporaryFailure } from '../../runtime/errors.ts';

/** Measuring costs 15 ms over 80 hourly tables of Postgres. */
const REREAD_AFTER_MS = 10_000;
const REREAD_NEAR_LIMIT_AFTER_MS = 1_000;

export interface UnconsumedMeter {
  /** Counts so many bytes as appended. Throws TemporaryFailure `journal_full` from the limit on, and what `measure` throws. */
  admit(bytes: number): Promise<void>;
  /** Bytes appended since the oldest record that its partition has not consumed: what can't be dropped. */
  read(): Promise<number>;
  /** Why nothing more is admitted where so many are unconsumed; undefined below the limit. */
  refusalAt(unconsumedBytes: number): string | undefined;
}

export interface UnconsumedMeterDeps {
  /**
   * Asks the engine, and Postgres for the offsets. What it throws is what `admit` throws when the answer is waited for, which is above
   * half of the limit: with Postgres away appends fail from there on, not from the limit, because nobody knows how far ingest is.
   */
  readonly measure: () => Promise<number>;
  readonly maxBytes: () => number;
}

export function createUnconsumedMeter({ measure, maxBytes }: UnconsumedMeterDeps): UnconsumedMeter {
  let known = 0;
  let appendedSince = 0;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<number> | undefined;

  async function readNow(): Promise<number> {
    const appendedBefore = appendedSince;
    known = await measure();
    appendedSince -= appendedBefore;
    readAt = performance.now();
    return known;
  }

  const read = () => {
    reading ??= readNow().finally(() => {
      reading = undefined;
    });
    return reading;
  };

  const refusalAt = (unconsumedBytes: number) =>
    unconsumedBytes < maxBytes() ? undefined : `${maxBytes()} bytes in the journal are unconsumed, as many as may be`;

  return {
    read,
    refusalAt,
    async admit(bytes) {
      const isNear = known + appendedSince + bytes > maxBytes() / 2;
      if (performance.now() - readAt > (isNear ? REREAD_NEAR_LIMIT_AFTER_MS : REREAD_AFTER_MS)) {
        const rereading = read();
        // Far from the limit nobody need wait for the answer; a failure shows in the append itself.
        if (!isNear && readAt > 0) rereading.catch(() => {});
        else await rereading;
      }
      // Whatever the size of the batch: who asks how much is unconsumed (/readyz) and who appends are to say the same.
      const refusal = refusalAt(known + appendedSince);
      if (refusal !== undefined) throw new TemporaryFailure('journal_full', refusal);
      appendedSince += bytes;
    },
  };
}
