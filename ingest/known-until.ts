// Up to when what devices sent is known here: by this, never by the clock, a deadline has passed.
// Promise: after an outage an empty journal is no proof of silence, until brokers have had time to append what they held back.

/** A broker tries to append again within a second, a second's messages at a time. */
const HELD_BACK_MS = 5_000;
/** Outages that follow one another put nothing off for longer than this, counted from the first turn that went well between them. */
const LONGEST_DOUBT_MS = 60_000;

export class KnownUntil {
  /** Epoch ms, as all instants here; undefined until the journal was read, or could not be. */
  at: number | undefined;
  #readAt = 0;
  #doubtfulUntil = 0;
  #doubtedFrom: number | undefined;

  /** A turn failed because something it needs was away, and so may be what brokers append to. */
  wasAway(now: number): void {
    this.at ??= now;
    this.#doubtfulUntil = now + HELD_BACK_MS;
    if (now - this.#readAt > HELD_BACK_MS) this.#doubtedFrom = undefined;
  }

  /** A turn went well. @param upTo as the batch tells, or when the journal was asked and had nothing. Answers `at`. */
  read(upTo: number, readAt: number): number {
    this.#readAt = readAt;
    if (readAt >= this.#doubtfulUntil) this.#doubtedFrom = undefined;
    else {
      this.#doubtedFrom ??= readAt;
      if (readAt - this.#doubtedFrom < LONGEST_DOUBT_MS) {
        this.at = Math.min(upTo, this.at ?? upTo);
        return this.at;
      }
    }
    this.at = upTo;
    return upTo;
  }
}
