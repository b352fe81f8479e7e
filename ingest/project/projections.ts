// The projections this worker holds, of patients in partitions it holds. Least recently used ones are let go above a stated cap.
// Promise: whoever is forgotten before a summary was written leaves the day in `orphans`, to be read again from the store.
import type { DayOfPatient } from '../../storage/readings/dirty-days.ts';
import type { PatientProjection, UnflushedDay } from './patient-projection.ts';
import type { PatientState } from './patient-state.ts';

/** 20,000 patients with a 5-minute CGM. */
export const MAX_PROJECTION_BYTES = 256 * 1024 * 1024;
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

  hold(projection: PatientProjection): void {
    projection.usedInTurn = this.turn;
    this.#byPatient.set(projection.patientKey, projection);
    this.states.set(projection.patientKey, projection.state);
  }

  /** Because it may be wrong: a turn failed half-way, or the registry changed. What it knew of its patient is read again. */
  forget(patientKey: number): void {
    const projection = this.#byPatient.get(patientKey);
    if (projection === undefined) return;
    this.#byPatient.delete(patientKey);
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
    for (const [patientKey, { partition }] of this.#byPatient)
      if (!isHeld(partition)) this.#byPatient.delete(patientKey);
    for (const [patientKey, { partition }] of this.states) if (!isHeld(partition)) this.states.delete(patientKey);
    for (const projection of this.waiting.patients)
      if (!isHeld(projection.partition)) this.waiting.patients.delete(projection);
    this.#orphans = this.#orphans.filter(({ partition }) => isHeld(partition));
    this.#awaited.clear();
  }

  bytes(): number {
    let bytes = 0;
    for (const projection of this.#byPatient.values()) bytes += projection.bytes;
    return bytes;
  }

  /** Lets go of projections that have nothing left to write, longest unused first. Answers the bytes held then. */
  evict(): number {
    let bytes = this.bytes();
    if (bytes <= this.#maxBytes) return bytes;
    const idle = [...this.#byPatient.values()].filter(
      ({ unflushed, pendingRules }) => unflushed.length === 0 && pendingRules === 0,
    );
    idle.sort((a, b) => a.usedInTurn - b.usedInTurn);
    for (const projection of idle) {
      if (bytes <= this.#maxBytes * KEPT_AFTER_EVICTION) break;
      bytes -= projection.bytes;
      this.#byPatient.delete(projection.patientKey);
    }
    return bytes;
  }
}
