// What is held of every patient of a held partition, also of those whose readings are not: when something was last measured, and
// when a rule wants to be asked although nothing arrives. Written behind to patient_state.
import type { ReadingKind } from '../../domain/reading.ts';
import type { LastAt } from '../../storage/readings/patient-states.ts';

export class PatientState {
  readonly patientKey: number;
  readonly partition: number;
  readonly #last: { -readonly [Kind in ReadingKind]?: number };
  /** Epoch ms. */
  nextDeadlineAt: number | undefined;
  /** When rules of weeks are asked next, epoch ms; undefined: nobody has said yet. */
  historyDueAt: number | undefined;
  /** An episode of weeks is open that any reading ends. */
  waitsForReading = false;
  isChanged = false;

  constructor(
    patientKey: number,
    partition: number,
    last: LastAt = {},
    nextDeadlineAt?: number,
    historyDueAt?: number,
  ) {
    this.patientKey = patientKey;
    this.partition = partition;
    this.#last = { ...last };
    this.nextDeadlineAt = nextDeadlineAt;
    this.historyDueAt = historyDueAt;
  }

  get last(): LastAt {
    return this.#last;
  }

  /** Newest `measuredAt` of a kind, epoch ms. */
  lastAt(kind: ReadingKind): number | undefined {
    return this.#last[kind];
  }

  saw(kind: ReadingKind, measuredAt: number): void {
    const known = this.#last[kind];
    if (known !== undefined && known >= measuredAt) return;
    this.#last[kind] = measuredAt;
    this.isChanged = true;
  }

  /** At the latest, epoch ms. */
  askHistoryBy(at: number): void {
    if (this.historyDueAt === undefined || this.historyDueAt > at) this.historyDueAt = at;
  }

  setDeadline(nextDeadlineAt: number | undefined): void {
    if (this.nextDeadlineAt === nextDeadlineAt) return;
    this.nextDeadlineAt = nextDeadlineAt;
    this.isChanged = true;
  }
}
