// In whose company a notification is told: which of those to one contact go in one message, and from when on there are too many to be
// told one by one. Pure. Promise: an emergency goes alone and at once, whatever else there is, and a critical low waits for nothing but other critical lows.
import type { Severity } from '../rules/rule.ts';
import type { NotificationKind } from './decide-notification.ts';
import type { Audience } from './route-step.ts';
import { type About, isGlucoseLow, isUrgent } from './severity-order.ts';

/** By itself, unless its contact is told too much at once. */
export const ALONE = 'alone';
/** As `alone`, of critical lows of glucose: nothing else counts among them, and they wait with nothing else. */
export const LOW = 'low';
/** What was put off until a digest. */
export const DIGEST = 'digest';
/** What came while its contact was told too much at once. */
export const STORM = 'storm';
/** Too many critical lows, by themselves. */
export const STORM_OF_LOWS = 'storm_of_lows';
export type Storm = typeof STORM | typeof STORM_OF_LOWS;

/** All operational. A contact that was told more than so many … */
export const STORM_BEYOND = 10;
/** … within so long is told the rest together, … */
export const STORM_WITHIN_MS = 60_000;
/** … this often: what is critical, … */
export const CRITICAL_BEAT_MS = 10_000;
/** … and what can wait. */
export const STORM_BEAT_MS = 30_000;
/** For so long what is about one patient, or was put off, waits for the others that are decided in the same moment. */
export const GATHER_MS = 3_000;
/** A message tells of no more; what is left is the next one's. */
export const TOLD_AT_ONCE = 1_000;

export interface CompanyQuestion extends About {
  readonly kind: NotificationKind;
  readonly severity: Severity;
  /** Absent: the team. */
  readonly audience?: Audience | undefined;
  readonly patientKey: number;
  /** Its channel is a machine that follows each alert. */
  readonly follows: boolean;
  /** It was put off, and what it was put off until has come. */
  readonly wasPutOff: boolean;
  readonly isTest: boolean;
}

/** Undefined: it goes alone whatever else there is. */
export function companyOf(question: CompanyQuestion): string | undefined {
  const { kind, severity, audience = 'team', patientKey, follows, wasPutOff, isTest } = question;
  const isPage = kind === 'opened' || kind === 'changed' || kind === 'reminder';
  if (!isPage || isTest || audience !== 'team' || severity === 'emergency') return undefined;
  if (isUrgent(severity)) return follows ? undefined : isGlucoseLow(question) ? LOW : ALONE;
  if (wasPutOff) return DIGEST;
  return follows ? ALONE : `patient:${patientKey}`;
}

/** Nothing is gathered for it: it waits only where its contact is told too much at once. */
export function goesByItself(company: string): boolean {
  return company === ALONE || company === LOW;
}

/** Whose rest it goes with where its contact is told too much at once. Undefined: it waits for nothing, or waits already. */
export function stormOf(company: string | undefined): Storm | undefined {
  if (company === undefined || company === DIGEST || company === STORM || company === STORM_OF_LOWS) return undefined;
  return company === LOW ? STORM_OF_LOWS : STORM;
}

/** When those that came too many are told, epoch ms. */
export function nextStormBeat(severity: Severity, now: number): number {
  const beatMs = isUrgent(severity) ? CRITICAL_BEAT_MS : STORM_BEAT_MS;
  return now - (now % beatMs) + beatMs;
}
