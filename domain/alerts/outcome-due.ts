// When whoever took an alert over is asked what became of it, and when it is nobody's again because they have not said.
import type { AlertLife } from './alert-life.ts';
import { OUTCOME_WITHIN_MIN } from './alerting-settings.ts';

export interface Ownership extends Pick<AlertLife, 'acknowledgedAt' | 'peakSeverity'> {
  /** Of its escalation; absent: as OUTCOME_WITHIN_MIN says. */
  readonly outcomeWithinMs?: number | undefined;
  /** When an owner was asked last, epoch ms; before `acknowledgedAt` that was another. */
  readonly ownerRemindedAt?: number | undefined;
}

export interface OutcomeDue {
  /** Epoch ms. */
  readonly dueAt: number;
  /** Epoch ms; absent until they have been asked. */
  readonly lapsesAt?: number | undefined;
}

/** Undefined where nobody took it over. */
export function outcomeDue({
  acknowledgedAt,
  peakSeverity,
  outcomeWithinMs = OUTCOME_WITHIN_MIN[peakSeverity] * 60_000,
  ownerRemindedAt,
}: Ownership): OutcomeDue | undefined {
  if (acknowledgedAt === undefined) return undefined;
  const isAsked = ownerRemindedAt !== undefined && ownerRemindedAt >= acknowledgedAt;
  return { dueAt: acknowledgedAt + outcomeWithinMs, ...(isAsked && { lapsesAt: ownerRemindedAt + outcomeWithinMs }) };
}
