// BP-05: a sitting whose mean is below 90 or below 60 mmHg (clinical.md §5.3, §7; the lines are unverified): maybe treated too much.
// Critical with dizziness or a fall, or from 65 years on with a systolic below the line.
// Reasons: `below_line`, `recovered`, those of fate-of-late.ts, `not_beyond_line`, `no_readings`.
import { isLowPressure, LOW_PRESSURE_BELOW } from '../blood-pressure/emergency-line.ts';
import { meanPressure, type Pressure } from '../blood-pressure/mean-pressure.ts';
import { SESSION_MS } from '../blood-pressure/session.ts';
import { ageAt } from '../care/age-at.ts';
import { OLDER_FROM_YEARS } from '../care/hypoglycaemia-risk.ts';
import { type BloodPressureReading, LIVE_WITHIN_MS } from '../reading.ts';
import { ACT_ON_LATE_WITHIN_MS, fateOfLate } from './fate-of-late.ts';
import { LOW_PRESSURE_SYMPTOMS, symptomFeltAt } from './reported-symptom.ts';
import type { Episode, Evaluation, PatientProfile, Rule } from './rule.ts';
import { MAX_EVIDENCE } from './rule.ts';
import { type Sitting, sittingsOf } from './sittings.ts';
import { resolveThresholds, type ThresholdOverrides } from './thresholds.ts';

const DEFAULTS = {
  belowSystolic: { value: LOW_PRESSURE_BELOW.systolicMmHg, unit: 'mmHg' },
  belowDiastolic: { value: LOW_PRESSURE_BELOW.diastolicMmHg, unit: 'mmHg' },
  clearAtSystolic: { value: 100, unit: 'mmHg' },
  clearAtDiastolic: { value: 60, unit: 'mmHg' },
  symptomWithin: { value: 12, unit: 'h' },
} as const;

const MS_PER_HOUR = 3_600_000;

/** Sittings below the line, the first of which began it; none of them recovered. */
interface FoundLow {
  readonly sittings: Sitting[];
  endAt?: number;
}

export function createBp05Low(team?: ThresholdOverrides, patient?: ThresholdOverrides): Rule {
  const thresholds = resolveThresholds(DEFAULTS, team, patient);
  const { belowSystolic, belowDiastolic, clearAtSystolic, clearAtDiastolic, symptomWithin } = thresholds;
  const withinMs = symptomWithin.value * MS_PER_HOUR;
  const say = (reason: string) => ({ reason, thresholds });
  const below = { systolicMmHg: belowSystolic.value, diastolicMmHg: belowDiastolic.value };
  const isLow = (pressure: Pressure) => isLowPressure(pressure, below);
  const isRecovered = ({ systolicMmHg, diastolicMmHg }: Pressure) =>
    systolicMmHg >= clearAtSystolic.value && diastolicMmHg >= clearAtDiastolic.value;

  const scan = (sittings: readonly Sitting[], from: number) => {
    const found: FoundLow[] = [];
    let open: FoundLow | undefined;
    let recoveredAt: number | undefined;
    let previousAt = from;
    for (const sitting of sittings) {
      const { startAt, mean } = sitting;
      const isFarOff = startAt - previousAt > ACT_ON_LATE_WITHIN_MS;
      previousAt = sitting.endAt;
      const low = isLow(mean);
      const isAnew = low && isFarOff && isInTime(sitting.readings.at(-1)!);
      if (isRecovered(mean) || isAnew) {
        recoveredAt ??= startAt;
        if (open !== undefined) open.endAt = startAt;
        open = undefined;
      }
      if (!low) continue;
      if (open !== undefined) open.sittings.push(sitting);
      else {
        open = { sittings: [sitting] };
        found.push(open);
      }
    }
    return { found, recoveredAt };
  };
  const severityOf = (
    { sittings, endAt }: FoundLow,
    { birthDate, timeZone, symptoms }: PatientProfile,
    now: number,
  ) => {
    const until = Math.min(endAt ?? Number.POSITIVE_INFINITY, now + 1);
    const isWorse = sittings.some(({ startAt, mean }) => {
      if (symptomFeltAt(symptoms, LOW_PRESSURE_SYMPTOMS, startAt, withinMs, until) !== undefined) return true;
      const isOlder = birthDate !== undefined && ageAt(birthDate, startAt, timeZone) >= OLDER_FROM_YEARS;
      return isOlder && mean.systolicMmHg < belowSystolic.value;
    });
    return isWorse ? 'critical' : 'warning';
  };
  const judge = (found: FoundLow, profile: PatientProfile, now: number): Episode => {
    const { sittings, endAt } = found;
    const first = sittings[0]!;
    const taken = completing(first.readings, isLow);
    const severity = severityOf(found, profile, now);
    const freshAt = sittings.map(({ readings }) => readings.at(-1)!).findLast(isInTime)?.measuredAt;
    const base = {
      startAt: first.startAt,
      completedAt: taken.at(-1)!.measuredAt,
      ...(endAt !== undefined && { endAt }),
      evidence: taken
        .slice(-MAX_EVIDENCE)
        .map(({ deviceKey, measuredAt }) => ({ deviceKey, kind: 'bp' as const, measuredAt })),
    };
    if (freshAt !== undefined) return { ...base, freshAt, severity, fate: 'live', explanation: say('below_line') };
    const late = fateOfLate(severity, 'low', endAt !== undefined, now - sittings.at(-1)!.endAt);
    return { ...base, severity: late.severity, fate: late.fate, explanation: say(late.reason) };
  };

  return {
    id: 'BP-05',
    version: 1,
    title: 'Low blood pressure',
    condition: 'blood_pressure',
    direction: 'low',
    kinds: ['bp'],
    thresholds,
    timing: { cooldownMs: 24 * MS_PER_HOUR },
    // A sitting that the window's start cuts has another mean.
    leadMs: SESSION_MS,
    // Up to the clear line: one that lowers the mean of the sitting that ended an episode takes its end back.
    mayStart: ({ value, metaOrDiastolic }) =>
      value < Math.max(belowSystolic.value, clearAtSystolic.value) ||
      metaOrDiastolic < Math.max(belowDiastolic.value, clearAtDiastolic.value),
    evaluate(window, profile, now, settledUntil = Number.NEGATIVE_INFINITY): Evaluation {
      if (window.bp.length === 0) return { verdict: 'unknown', episodes: [], explanation: say('no_readings') };
      if (!window.bp.some(isLow)) return { verdict: 'clear', episodes: [], explanation: say('not_beyond_line') };
      const from = Math.max(window.from + SESSION_MS, settledUntil);
      const seen = sittingsOf(window.bp).filter(({ startAt }) => startAt >= from);
      const episodes = scan(seen, window.from).found.map((found) => judge(found, profile, now));
      const newest = episodes.at(-1);
      if (newest === undefined) return { verdict: 'clear', episodes, explanation: say('not_beyond_line') };
      const { severity, explanation } = newest;
      if (newest.endAt !== undefined) return { verdict: 'clear', episodes, explanation: say('recovered') };
      if (newest.fate === 'retrospective') return { verdict: 'clear', episodes, explanation };
      return { verdict: 'firing', severity, episodes, explanation };
    },
    findRecovery(window, completedAt) {
      const from = Math.max(window.from, completedAt);
      return scan(
        sittingsOf(window.bp).filter(({ startAt }) => startAt > from),
        from,
      ).recoveredAt;
    },
  };
}

/** As they were taken, up to the first at which the mean was low and from which on the sitting's is. */
function completing(readings: readonly BloodPressureReading[], isLow: (mean: Pressure) => boolean) {
  for (let n = 1; n < readings.length; n++) if (isLow(meanPressure(readings.slice(0, n)))) return readings.slice(0, n);
  return readings;
}

function isInTime({ measuredAt, receivedAt }: BloodPressureReading): boolean {
  return receivedAt - measuredAt <= LIVE_WITHIN_MS;
}
