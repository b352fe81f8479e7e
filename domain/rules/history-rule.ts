// The shape of a rule of weeks: a pure function of a patient's days, fingersticks, pressures and care, asked once a local day and soon
// after something it rests on has changed. Promise: as rule.ts; a window that slides on shows the same episodes.
import type { Visit } from '../care/visit.ts';
import type { GlucoseSeries } from '../glucose-series.ts';
import type { DaySummary } from '../metrics/day-summary.ts';
import type { RiskGroup } from '../metrics/glucose-targets.ts';
import type { BloodPressureReading, ReadingKind } from '../reading.ts';
import type { JudgingRule, Period } from './rule.ts';

/** What a history rule may look at. Every list is ascending in time, without repetitions, and complete from `from` on. */
export interface PatientHistory {
  /** Epoch ms, the beginning of a local day. What was measured before is nothing to judge by. */
  readonly from: number;
  /** Epoch ms, exclusive, where a past stretch is looked at. Absent: the lists reach to `now`. */
  readonly to?: number | undefined;
  /** Local days with CGM readings; the newest may be today's, as far as it has come. */
  readonly cgmDays: readonly DaySummary[];
  /** The days with CGM readings among the `FIRST_CGM_DAYS` that begin with the patient's first, for a baseline of their own. */
  readonly firstCgmDays: readonly DaySummary[];
  /** CGM readings of the nights (night-of.ts) of those of `cgmDays` that have a low; other nights have no low to find. */
  readonly cgm: readonly GlucoseSeries[];
  readonly smbg: readonly GlucoseSeries[];
  readonly bp: readonly BloodPressureReading[];
  /** Newest `measuredAt` of each kind ever stored, also before `from`. */
  readonly lastAt: Readonly<Partial<Record<ReadingKind, number>>>;
  /** `measuredAt` of the first CGM reading ever stored. */
  readonly firstCgmAt?: number | undefined;
  readonly care: CareFacts;
}

/** Local days: two windows of 14 d side by side. */
export const FIRST_CGM_DAYS = 28;

/** What was agreed with a patient and done for them, as far as rules ask. */
export interface CareFacts {
  /** Ascending in date, all there ever were. */
  readonly visits: readonly Visit[];
  readonly plans: readonly DatedPlan[];
  readonly conditions: readonly DatedCondition[];
  readonly riskGroup: RiskGroup;
}

/** A diagnosis that holds in [from, to), epoch ms. */
export interface DatedCondition extends Period {
  /** e.g. `type_2_diabetes`. */
  readonly code: string;
}

/** Holds in [from, to), epoch ms. */
export interface DatedPlan extends Period {
  readonly glucoseSessionsPerWeek?: number | undefined;
  readonly bloodPressureSessionsPerWeek?: number | undefined;
  readonly visitIntervalMonths?: number | undefined;
}

/** What makes a history rule's verdict worth asking for again before the day is over. */
export const HISTORY_INPUTS = ['cgm_day', 'smbg', 'bp', 'care'] as const;
export type HistoryInput = (typeof HISTORY_INPUTS)[number];

export interface HistoryRule extends JudgingRule<PatientHistory> {
  readonly restsOn: readonly HistoryInput[];
  /** Local days before today that it looks at. */
  readonly daysBack: number;
  /**
   * Whether one reading that comes in order can start an episode before the local day is over; absent: none can. Saying `true` costs a
   * look at weeks, saying `false` wrongly puts an alert off until midnight. Glucose: value and bits of META; of blood pressure systolic
   * and diastolic.
   */
  mayStart?(kind: ReadingKind, value: number, metaOrDiastolic: number): boolean;
  /** Any reading ends its episode at once; else it goes on until the local day is over. */
  readonly endsWithAnyReading?: true;
}
