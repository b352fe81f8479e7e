// A visit that took place, as far as the follow-up cadence asks (clinical.md §6). Telemetry is never one.

export interface Visit {
  /** Epoch ms. */
  readonly at: number;
  /** Face to face, or by phone or video. */
  readonly kind: string;
  /** Whether glucose and blood pressure were controlled, by whoever saw the patient. Absent: not told. */
  readonly controlled?: boolean | undefined;
  readonly drugReaction?: boolean | undefined;
  readonly newComplication?: boolean | undefined;
  readonly emergency?: boolean | undefined;
}
