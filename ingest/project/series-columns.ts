// The readings of one device in typed arrays, in time order: 18 bytes a reading.
// Promise: rows are in ascending `measuredAt` however they came, and equal readings give equal rows.
import { mgPerDlOf } from '../../domain/glucose-class.ts';
import { type GlucoseSeries, META, packMeta } from '../../domain/glucose-series.ts';
import { type GlucoseReading, LIVE_WITHIN_MS } from '../../domain/reading.ts';
import { isJump } from '../../domain/suspect-reading.ts';

const SMALLEST_CAPACITY = 32;
const BYTES_PER_ROW = 18;
/** The object, its three arrays and their buffers. */
const BYTES_AROUND_ROWS = 800;
/** Two days of a reading every five seconds; a device that sends more has its oldest rows dropped from memory. */
export const MOST_ROWS = 34_560;

export class SeriesColumns implements GlucoseSeries {
  readonly deviceKey: number;
  readonly cadenceMin: number;
  length = 0;
  /** Earlier rows were dropped because there were too many, epoch ms. */
  completeFrom = Number.NEGATIVE_INFINITY;
  measuredAt: Float64Array;
  value: Float64Array;
  meta: Uint16Array;
  readonly #isCgm: boolean;

  constructor(deviceKey: number, cadenceMin: number, isCgm: boolean, capacity = SMALLEST_CAPACITY) {
    this.deviceKey = deviceKey;
    this.cadenceMin = cadenceMin;
    this.#isCgm = isCgm;
    this.measuredAt = new Float64Array(capacity);
    this.value = new Float64Array(capacity);
    this.meta = new Uint16Array(capacity);
  }

  get bytes(): number {
    return BYTES_AROUND_ROWS + this.measuredAt.length * BYTES_PER_ROW;
  }

  get lastMeasuredAt(): number {
    return this.length === 0 ? Number.NEGATIVE_INFINITY : this.measuredAt[this.length - 1]!;
  }

  /** Whether it came in time order: after every other row. */
  insert(reading: GlucoseReading): boolean {
    if (this.length === this.measuredAt.length) this.#grow();
    const { measuredAt } = reading;
    const inOrder = measuredAt > this.lastMeasuredAt;
    const row = inOrder ? this.length : this.#makeRoom(reading);
    this.measuredAt[row] = measuredAt;
    this.value[row] = reading.value;
    this.meta[row] = metaOf(reading);
    this.length += 1;
    if (this.#isCgm) {
      this.#markJump(row);
      if (!inOrder && row + 1 < this.length) this.#markJump(row + 1);
    }
    return inOrder;
  }

  /** Forgets rows measured before `from` (epoch ms). */
  dropBefore(from: number): void {
    const first = this.firstRowFrom(from);
    if (first > 0) this.#dropRows(first);
  }

  firstRowFrom(from: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.measuredAt[middle]! < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Moves later rows up by one. Rows of one instant stand in the order of their values, whichever came first. */
  #makeRoom({ measuredAt, value }: GlucoseReading): number {
    let row = this.firstRowFrom(measuredAt);
    while (row < this.length && this.measuredAt[row] === measuredAt && this.value[row]! <= value) row++;
    this.measuredAt.copyWithin(row + 1, row, this.length);
    this.value.copyWithin(row + 1, row, this.length);
    this.meta.copyWithin(row + 1, row, this.length);
    return row;
  }

  /** A CGM reading that jumps from the one before it is suspect, as is one that was flagged when it was checked (clinical.md §3.7). */
  #markJump(row: number): void {
    const before = row - 1;
    const meta = this.meta[row]! & ~JUMPED;
    const jumped =
      before >= 0 && isJump(this.#mgPerDl(before), this.measuredAt[before]!, this.#mgPerDl(row), this.measuredAt[row]!);
    const doubted = jumped || (meta & CHECKED_SUSPECT) !== 0;
    this.meta[row] = (meta & ~META.suspect) | (doubted ? META.suspect : 0) | (jumped ? JUMPED : 0);
  }

  #mgPerDl(row: number): number {
    return mgPerDlOf(this.value[row]!, this.meta[row]!);
  }

  #grow(): void {
    if (this.length >= MOST_ROWS) {
      this.#dropRows(MOST_ROWS / 8);
      this.completeFrom = this.measuredAt[0]!;
      return;
    }
    // By an eighth: two days of a 5-minute sensor stay below 12 KB.
    const capacity = Math.min(MOST_ROWS, this.length + Math.max(SMALLEST_CAPACITY, this.length >> 3));
    this.measuredAt = grown(this.measuredAt, new Float64Array(capacity));
    this.value = grown(this.value, new Float64Array(capacity));
    this.meta = grown(this.meta, new Uint16Array(capacity));
  }

  #dropRows(count: number): void {
    this.measuredAt.copyWithin(0, count, this.length);
    this.value.copyWithin(0, count, this.length);
    this.meta.copyWithin(0, count, this.length);
    this.length -= count;
  }
}

/** Bits of ours above those of META (the context ends at bit 9). */
const CHECKED_SUSPECT = 1 << 14;
const JUMPED = 1 << 15;

/** META bits of a reading by itself, and ours. */
export function metaOf(reading: GlucoseReading): number {
  const { flags } = reading;
  const late = reading.receivedAt - reading.measuredAt > LIVE_WITHIN_MS;
  const base = packMeta({ unit: reading.unit, code: reading.code, context: reading.context, late });
  if (flags.length === 0) return base;
  const suspect = flags.includes('suspect') ? META.suspect | CHECKED_SUSPECT : 0;
  return base | suspect | (flags.includes('clock') ? META.clock : 0) | (flags.includes('conflict') ? META.conflict : 0);
}

function grown<T extends Float64Array | Uint16Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
