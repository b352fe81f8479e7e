// Readings of one patient as they come in, judged by the rules as ingest judges them: what of it is new for alerting.
import { v7 as uuidv7 } from 'uuid';
import { type GlucoseSeries, packMeta } from '../../domain/glucose-series.ts';
import { deriveSignal } from '../../domain/rules/derive-signal.ts';
import { applyDifference, NO_SIGNAL, type PersistedSignal } from '../../domain/rules/reconcile-signals.ts';
import type { PatientProfile } from '../../domain/rules/rule.ts';
import { windowRuleById } from '../../domain/rules/rule-catalogue.ts';
import { hasChanges } from '../../ingest/evaluate/evaluate-projection.ts';
import type { SignalChange } from '../../storage/signals/write-signals.ts';
import { windowWith } from '../readings/patient-windows.ts';

const DAY_MS = 86_400_000;
/** Rules of a value and how long it lasts; those of a slope would need the hours before. */
const RULES = ['CGM-01', 'CGM-02', 'CGM-04', 'CGM-05', 'CGM-06', 'SMBG-01', 'SMBG-02', 'SMBG-03'].map((id) => {
  const rule = windowRuleById(id);
  if (!rule) throw new Error(`there is no rule ${id}`);
  return rule;
});
const PROFILE: PatientProfile = {
  timeZone: 'Asia/Shanghai',
  registeredAt: 0,
  treatments: [],
  cgmPeriods: [],
  symptoms: [],
};

interface Sample {
  readonly at: number;
  readonly mmolPerL: number;
}

export interface PatientReadings {
  /** A reading that arrives as it is measured; answers what changes of what the rules say. */
  take(kind: 'cgm' | 'smbg', sample: Sample): readonly SignalChange[];
}

export function createPatientReadings(patientKey: number): PatientReadings {
  const samples: Record<'cgm' | 'smbg', Sample[]> = { cgm: [], smbg: [] };
  const persisted = new Map<string, PersistedSignal>();
  const judgedUntil = new Map<string, number>();

  return {
    take(kind, sample) {
      samples[kind].push(sample);
      const now = sample.at;
      const window = windowWith({
        from: now - 2 * DAY_MS,
        cgm: [seriesOf(samples.cgm, 1)],
        smbg: [seriesOf(samples.smbg, 2)],
      });
      return RULES.flatMap((rule): SignalChange[] => {
        const before = persisted.get(rule.id) ?? NO_SIGNAL;
        const { difference } = deriveSignal({
          rule,
          window,
          profile: PROFILE,
          now,
          persisted: before,
          judgedUntil: judgedUntil.get(rule.id),
          newId: uuidv7,
        });
        judgedUntil.set(rule.id, now);
        persisted.set(rule.id, applyDifference(before, difference));
        const isNews = difference.version > before.version;
        return hasChanges(difference) ? [{ patientKey, rule, difference, isNews }] : [];
      });
    },
  };
}

function seriesOf(samples: readonly Sample[], deviceKey: number): GlucoseSeries {
  return {
    deviceKey,
    cadenceMin: 5,
    length: samples.length,
    measuredAt: Float64Array.from(samples, ({ at }) => at),
    value: Float64Array.from(samples, ({ mmolPerL }) => mmolPerL),
    meta: Uint16Array.from(samples, () => packMeta({ unit: 'mmol/L', late: false })),
  };
}
