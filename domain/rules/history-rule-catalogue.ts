// Every rule of weeks, in the order of clinical.md §7. A new rule is one file, one test and one line here.
import { createAdh01SessionsMissed } from './adh-01-sessions-missed.ts';
import { createAdh02NotMeasuring } from './adh-02-not-measuring.ts';
import { createBp03HomeGrade2 } from './bp-03-home-grade-2.ts';
import { createBp04HomeElevated } from './bp-04-home-elevated.ts';
import { createBp06MorningHypertension } from './bp-06-morning-hypertension.ts';
import { createCgm08NightLows } from './cgm-08-night-lows.ts';
import { createData05CgmInsufficient } from './data-05-cgm-insufficient.ts';
import type { HistoryRule } from './history-rule.ts';
import { createPhs01VisitDue } from './phs-01-visit-due.ts';
import type { RuleFactory } from './rule-overrides.ts';
import { createSmbg04FastingHigh } from './smbg-04-fasting-high.ts';
import { createTrend01FallingTimeInRange } from './trend-01-falling-time-in-range.ts';
import { createTrend02OutOfTarget } from './trend-02-out-of-target.ts';
import { createTrend03TimeBelowRange } from './trend-03-time-below-range.ts';
import { createTrend04RisingPressure } from './trend-04-rising-pressure.ts';

export const HISTORY_RULE_FACTORIES: readonly RuleFactory<HistoryRule>[] = [
  createCgm08NightLows,
  createSmbg04FastingHigh,
  createBp03HomeGrade2,
  createBp04HomeElevated,
  createBp06MorningHypertension,
  createData05CgmInsufficient,
  createAdh01SessionsMissed,
  createAdh02NotMeasuring,
  createTrend01FallingTimeInRange,
  createTrend02OutOfTarget,
  createTrend03TimeBelowRange,
  createTrend04RisingPressure,
  createPhs01VisitDue,
];

export const HISTORY_RULE_CATALOGUE: readonly HistoryRule[] = HISTORY_RULE_FACTORIES.map((create) => create());
