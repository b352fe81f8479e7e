// The shape of a rule: a pure function of a patient's readings in event time, what was true of the patient then, and `now`.
// Promise: the same readings give the same episodes, whatever order they came in (fates aside, which say what was known in time).
import type { DatedSymptom } from '../care/symptom.ts';
import type { DatedTreatment } from '../care/treatment.ts';
import type { DeviceEvent } from '../device-event.ts';
import type { FollowUp } from '../follow-up/follow-up.ts';
import type { GlucoseSeries } from '../glucose-series.ts';
import type { BloodPressureReading, ReadingKind } from '../reading.ts';
import type { ThresholdSet } from './thresholds.ts';

export const SEVERITIES = ['info', 'warning', 'critical', 'emergency'] as const;
export type Severity = (typeof SEVERITIES)[number];
export const CONDITIONS = ['glucose', 'blood_pressure', 'device', 'data', 'adherence', 'trend', 'follow_up'] as const;
export type Condition = (typeof CONDITIONS)[number];
export const DIRECTIONS = ['low', 'high', 'none'] as const;
export type Direction = (typeof DIRECTIONS)[number];
export type Verdict = 'firing' | 'pending' | 'clear' | 'unknown';
export type EpisodeFate = 'live' | 'late' | 'retrospective';

/** What a rule may look at. Every list is in ascending `measuredAt` and complete from `from` on. */
export interface PatientWindow {
  /** Epoch ms. Nothing measured before is in the lists: an episode that began earlier can't be judged anew, only ended. */
  readonly from: number;
  /** Epoch ms, exclusive, where a past stretch is looked at again. Absent: the lists reach to `now`. */
  readonly to?: number | undefined;
  readonly cgm: readonly GlucoseSeries[];
  readonly smbg: readonly GlucoseSeries[];
  readonly bp: readonly BloodPressureReading[];
  /** Of the patient's devices, ascending in `at`. */
  readonly deviceEvents: readonly DeviceEvent[];
  /** Newest `measuredAt` of any CGM reading ever stored, also where it lies before the window. */
  readonly lastCgmAt?: number | undefined;
}

/** A dated fact holds in [from, to), epoch ms; without `to` it still holds. */
export interface Period {
  readonly from: number;
  readonly to?: number | undefined;
}

/** Dated facts: a rule judges with what was true at event time; an absent treatment is unknown. */
export interface PatientProfile {
  /** ISO calendar date. */
  readonly birthDate?: string | undefined;
  readonly timeZone: string;
  readonly registeredAt: number;
  readonly treatments: readonly DatedTreatment[];
  /** The plan's CGM periods. None: CGM is expected from the first reading on. */
  readonly cgmPeriods: readonly Period[];
  /** Lives of the sensors worn, `to` = start + the model's life. None known: a sensor is taken to last. */
  readonly sensorPeriods?: readonly Period[] | undefined;
  readonly symptoms: readonly DatedSymptom[];
}

/** A stretch of event time in which a rule held. Recomputable at any moment. */
export interface Episode {
  readonly startAt: number;
  /** `measuredAt` of the reading that completed the condition; for silence, when it had lasted long enough. */
  readonly completedAt: number;
  /** First recovered instant; absent while it may still be going on. */
  readonly endAt?: number | undefined;
  /** What the rule says of it; a `late` one is a warning at most (clinical.md §7). */
  readonly severity: Severity;
  /**
   * clinical.md §7 on lateness. `live`: a reading that arrived in time completes or continues it. `late`: completed late, not known
   * to be over. `retrospective`: completed late and over by later readings, or too old to act on.
   */
  readonly fate: EpisodeFate;
  /**
   * Newest `measuredAt` of a reading beyond the rule's own line that arrived in time: it was still going on then. Absent: none did.
   * Of an urgent one that is open, a newer one is news to alerting.
   */
  readonly freshAt?: number | undefined;
  /** The readings that completed it, newest last, at most 12; what merely continues it is not added. */
  readonly evidence: readonly EvidenceReading[];
  readonly explanation: Explanation;
}

export interface EvidenceReading {
  readonly deviceKey: number;
  readonly kind: ReadingKind;
  readonly measuredAt: number;
}

export const MAX_EVIDENCE = 12;

export interface Explanation {
  /** e.g. `below_line_twice`, `recovered`, `no_data`, `late_low`, `awaiting_repeat`; each rule's file lists its own. */
  readonly reason: string;
  /** What the rule was judged by: threshold name → value and where it came from. */
  readonly thresholds: ThresholdSet;
  /** 1-based, where a rule has `stages`. */
  readonly stage?: number | undefined;
  /** Of a `clear` verdict: what came closest to the condition, newest last, at most 12. An episode has its `evidence` instead. */
  readonly readings?: readonly EvidenceReading[] | undefined;
  /** What spoke for the rule at that moment: a rule's id, or `fingerstick` (priorities.ts). */
  readonly inhibitedBy?: string | undefined;
  /** Of PHS-01: what is to be done, and by when. */
  readonly followUp?: FollowUp | undefined;
}

export interface Evaluation {
  /** `firing` while an open episode is live or late. */
  readonly verdict: Verdict;
  /** Set when firing or pending: the highest of the open episodes, or what it would fire with. */
  readonly severity?: Severity | undefined;
  /** All episodes that the window shows, in time order, disjoint; only the last may be open. */
  readonly episodes: readonly Episode[];
  /** When the verdict may change although no reading arrives, epoch ms. */
  readonly nextDeadlineAt?: number | undefined;
  /** A measurement the rule asks the patient for, while it is worth having: a downlink to the device. */
  readonly request?: MeasurementRequest | undefined;
  readonly explanation: Explanation;
}

export interface MeasurementRequest {
  readonly kind: ReadingKind;
  readonly deviceKey: number;
  /** When to measure, and until when an answer counts, epoch ms. */
  readonly dueAt: number;
  readonly expiresAt: number;
}

/** What notification needs to know of a rule (clinical.md §7, column "clear / cooldown"). */
export interface RuleTiming {
  /** Re-notification while open and unacknowledged. Absent: the policy's own of what is urgent, none of what isn't. */
  readonly repeatMs?: number | undefined;
  /** Of a warning nobody is told again: the patient is asked to measure again instead. */
  readonly repeatsUrgentOnly?: boolean | undefined;
  /** After a clear, within this time it joins the earlier alert without a new notification; never for urgent. */
  readonly cooldownMs?: number | undefined;
}

/** A step of a rule that grows with time alone. */
export interface RuleStage {
  readonly afterMs: number;
  readonly severity: Severity;
  /** Whom the stage is meant for first. */
  readonly audience: 'patient' | 'team';
}

/** What a rule is, but for how it judges. */
export interface RuleDescription {
  /** As in clinical.md §7, e.g. `CGM-01`. */
  readonly id: string;
  /** Rises when what the rule says of the same readings changes. */
  readonly version: number;
  readonly title: string;
  readonly condition: Condition;
  readonly direction: Direction;
  readonly thresholds: ThresholdSet;
  readonly timing: RuleTiming;
  readonly stages?: readonly RuleStage[] | undefined;
  /** What begins this close behind the window's start may have lost readings to it: it is kept as persisted, never judged anew. */
  readonly leadMs?: number | undefined;
  /** What was over before anybody knew of it is listed; `false` where it is of no use to anybody. */
  readonly listsPast?: boolean | undefined;
}

/** A rule that judges from a stretch `W` of what is known of a patient. */
export interface JudgingRule<W> extends RuleDescription {
  /** @param settledUntil epoch ms: an episode that began before the window ended then, and nothing measured earlier starts another */
  evaluate(window: W, profile: PatientProfile, now: number, settledUntil?: number): Evaluation;
  /**
   * Where an episode that began before the window, completed at `completedAt` and was open when last seen, ends within it (its
   * `endAt`); undefined: it goes on. Seldom asked.
   */
  findRecovery(window: W, completedAt: number, profile: PatientProfile, now: number): number | undefined;
}

/** A rule of the last two days, asked whenever a reading comes. Those of weeks are in history-rule.ts. */
export interface Rule extends JudgingRule<PatientWindow> {
  /** Kinds of readings whose arrival can change the verdict. */
  readonly kinds: readonly ReadingKind[];
  /** Nor can it change one that is `unknown`: readings are there, too few to judge by. Otherwise the next reading asks again. */
  readonly restsUnknown?: boolean | undefined;
  /** Also what `deviceEvents` tells can change the verdict. */
  readonly hearsDevices?: boolean | undefined;
  /**
   * Quiet path: whether one in-order reading can change a verdict that is `clear` with no open episode. Saying `true` costs time,
   * saying `false` wrongly loses an alarm: a property test holds each rule to it. Asked once a rule and reading: nothing may be
   * allocated here.
   */
  mayStart(arrival: Arrival): boolean;
}

/** A reading that has joined the window, the newest of its series. The object is used again: nobody keeps it. */
export interface Arrival {
  readonly kind: ReadingKind;
  /** Glucose as in GlucoseSeries; of blood pressure the systolic. */
  readonly value: number;
  /** Glucose: bits of META; of blood pressure the diastolic. */
  readonly metaOrDiastolic: number;
  /** Epoch ms. */
  readonly measuredAt: number;
  /** Where it stands; absent for blood pressure. Rows above `row` came with the same batch. */
  readonly series: GlucoseSeries | undefined;
  readonly row: number;
  /** With the reading, and with others that came with it. */
  readonly window: PatientWindow;
}
