// The projections this worker holds, of patients in partitions it holds. Least recently used ones are let go above a stated cap.
// Promise: whoever is forgotten before a summary was written leaves the day in `orphans`, to be read again from the store.
import type { DayOfPatient } from '../../storage/readings/dirty-days.ts';
import type { PatientProjection, UnflushedDay } from './patient-projection.ts';
import type { PatientState } from './patient-state.ts';

/** 20,000 patients with a 5-minute CGM at the end of the second day. What one batch brings may come on top of it, until the next upkeep: some 40 MB at most. */
export const MAX_PROJECTION_BYTES = 384 * 1024 * 1024;
const KEPT_AFTER_EVICTION = 0.9;

export interface Orphan extends DayOfPatient {
  readonly partition: number;
}

export class Projections {
  /** Of every patient of a held partition that anything is known of. */
  readonly states = new Map<number, PatientState>();
  turn = 0;
  /** Patients whose evaluation waits until the worker has caught up. */
  readonly waiting = { patients: new Set<PatientProjection>(), evaluatedAt: 0 };
  readonly #byPatient = new Map<number, PatientProjection>();
  readonly #maxBytes: number;
  /** As they were counted last. */
  #bytes = 0;
  #orphans: Orphan[] = [];
  /** Readings that are judged when their day is read again, by patient and day: only to be counted. */
  readonly #awaited = new Map<string, number>();

  constructor(maxBytes = MAX_PROJECTION_BYTES) {
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#byPatient.size;
  }

  get(patientKey: number): PatientProjection | undefined {
    const projection = this.#byPatient.get(patientKey);
    if (projection !== undefined) projection.usedInTurn = this.turn;
    return projection;
  }

  all(): Iterable<PatientProjection> {
    return this.#byPatient.values();
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Above the cap: whoever waits to be evaluated or written has to go first. */
  get isFull(): boolean {
    return this.#bytes > this.#maxBytes;
  }

  hold(projection: PatientProjection): void {
    projection.usedInTurn = this.turn;
    this.#drop(projection.patientKey);
    this.#byPatient.set(projection.patientKey, projection);
    this.recount([projection]);
    this.states.set(projection.patientKey, projection.state);
  }

  /** Because it may be wrong: a turn failed half-way, or the registry changed. What it knew of its patient is read again. */
  forget(patientKey: number): void {
    const projection = this.#drop(patientKey);
    if (projection === undefined) return;
    this.waiting.patients.delete(projection);
    this.orphan(projection, projection.unflushed);
  }

  /** Days that nobody will sum up from memory any more. */
  orphan({ patientKey, partition }: PatientProjection, days: readonly UnflushedDay[]): void {
    for (const { day } of days) this.#orphans.push({ patientKey, day, partition });
  }

  addOrphans(orphans: readonly Orphan[]): void {
    this.#orphans.push(...orphans);
  }

  awaitReadings({ patientKey, day }: DayOfPatient, readings: number): void {
    const key = `${patientKey} ${day}`;
    this.#awaited.set(key, readings + (this.#awaited.get(key) ?? 0));
  }

  /** How many readings of these days have waited until now. */
  takeAwaited(days: readonly DayOfPatient[]): number {
    let readings = 0;
    for (const { patientKey, day } of days) {
      const key = `${patientKey} ${day}`;
      readings += this.#awaited.get(key) ?? 0;
      this.#awaited.delete(key);
    }
    return readings;
  }

  takeOrphans(): Orphan[] {
    const taken = this.#orphans;
    this.#orphans = [];
    return taken;
  }

  /** Everything of partitions that are no longer held: their new holder finds the marks. */
  dropPartitions(isHeld: (partition: number) => boolean): void {
    for (const [patientKey, { partition }] of this.#byPatient) if (!isHeld(partition)) this.#drop(patientKey);
    for (const [patientKey, { partition }] of this.states) if (!isHeld(partition)) this.states.delete(patientKey);
    for (const projection of this.waiting.patients)
      if (!isHeld(projection.partition)) this.waiting.patients.delete(projection);
    this.#orphans = this.#orphans.filter(({ partition }) => isHeld(partition));
    this.#awaited.clear();
  }

  /** After something was added to them. */
  recount(projections: Iterable<PatientProjection>): void {
    for (const projection of projections) {
      if (this.#byPatient.get(projection.patientKey) !== projection) continue;
      const { bytes } = projection;
      this.#bytes += bytes - projection.countedBytes;
      projection.countedBytes = bytes;
    }
  }

  /** Above the cap, lets go of projections that have nothing left to write, longest unused first. */
  evict(): void {
    if (!this.isFull) return;
    const idle = [...this.#byPatient.values()].filter(
      ({ unflushed, pendingRules }) => unflushed.length === 0 && pendingRules === 0,
    );
    idle.sort((a, b) => a.usedInTurn - b.usedInTurn);
    for (const { patientKey } of idle) {
      if (this.#bytes <= this.#maxBytes * KEPT_AFTER_EVICTION) break;
      this.#drop(patientKey);
    }
  }

  #drop(patientKey: number): PatientProjection | undefined {
    const projection = this.#byPatient.get(patientKey);
    if (projection === undefined) return undefined;
    this.#byPatient.delete(patientKey);
    this.#bytes -= projection.countedBytes;
    projection.countedBytes = 0;
    return projection;
  }
}
