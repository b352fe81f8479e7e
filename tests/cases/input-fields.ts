// Which fields of its input each kind of worked case reads. A field beside them changes nothing, so a case that has one can't be
// called passed: run-case.ts says that it isn't covered.
import type { CaseReadings, CaseSegment } from './case-input.ts';
import { PATIENT_FIELDS } from './case-patient.ts';

/** What tells people about a case, wherever it stands. */
const TOLD_ONLY = ['id', 'title', 'arithmetic', 'rule', 'note', 'notes', 'comment', 'description', 'source', 'why'];

const SEGMENT = [
  'cadence_min',
  'start',
  'unit',
  'device',
  'values',
  'runs',
  'readings_min',
  'readings',
] as const satisfies readonly (keyof CaseSegment)[];
const READINGS = [
  ...SEGMENT,
  'segments',
  'received',
  'context',
  'tz',
  'time_zone',
  'window',
  'days',
  'window_days',
  'date',
] as const satisfies readonly (keyof CaseReadings)[];
const TREND = [...READINGS, 'now', 'now_min'];
const VALUES = ['unit', 'values', 'device'];
const FINGERSTICKS = [...PATIENT_FIELDS, 'unit', 'values', 'context', 'contexts', 'own_target', 'fasting_target'];
const SITTINGS = ['start', 'tz', 'readings', 'readings_min', 'unit', 'context'];
const PRESSURES = ['items', 'unit'];
const ALERT = [
  ...READINGS,
  ...PATIENT_FIELDS,
  'cgm',
  'smbg',
  'bp',
  'max_age_min',
  'now',
  'now_min',
  'until',
  'until_min',
  'conditions',
  'risk_group',
  'registered',
  'visits',
  'plan',
];

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'unit.convert': ['value', 'from', 'to'],
  'unit.display': ['value', 'unit'],
  'glucose.classify': VALUES,
  'glucose.plausibility': VALUES,
  'glucose.validity': VALUES,
  'cgm.metrics': [...READINGS, 'risk_group'],
  'gri.components': ['very_low', 'low', 'very_high', 'high'],
  'cgm.window': ['days', 'hours', 'tz', 'date', 'window', 'cadence_min', 'n_slots'],
  'cgm.active_auto': ['cadence_min', 'offsets_min'],
  'cgm.events': READINGS,
  'cgm.agp': READINGS,
  'agp.percentiles': ['values', 'unit'],
  'cgm.trend': TREND,
  'cgm.predict': TREND,
  'time.local_day': ['tz', 'instants', 'date', 'dates', 'days', 'cadence_min'],
  'smbg.classify': FINGERSTICKS,
  'smbg.fasting': FINGERSTICKS,
  'smbg.accuracy': ['unit', 'pairs'],
  'smbg.summary': READINGS,
  'cgm_smbg.pair': ['unit', 'pairs', 'cgm', 'smbg'],
  'bp.session': [...SITTINGS, 'ages', 'age'],
  'bp.home': [...SITTINGS, 'time_zone', 'window', 'days'],
  'bp.classify': PRESSURES,
  'bp.target_by_age': ['birth_date', 'tz', 'time_zone', 'measured', 'bp'],
  'bp.control': [...PRESSURES, 'age', 'diabetes'],
  'bp.emergency': [...PRESSURES, 'symptoms'],
  'bp.variability': ['sbp', 'dbp'],
  'bp.derived': ['sbp', 'dbp'],
  'bp.validity': PRESSURES,
  'bp.home_threshold': PRESSURES,
  'alert.sequence': ALERT,
  'alert.lateness': ALERT,
  'followup.next': [
    'visits',
    'tz',
    'registered',
    'registered_at',
    'registration_date',
    'now',
    'today',
    'plan_months',
    'interval_months',
    'plan',
    'key_population',
    'telemetry_uncontrolled',
    'home_mean',
    'fasting',
    'drug_reaction',
    'medication_reaction',
    'adverse_drug_reaction',
    'adverse_reaction',
    'adr',
    'complication',
    'new_complication',
    'worse_complication',
    'emergency',
  ],
};

/** Names of the input's fields that its kind doesn't read, those of streams and segments within it too. */
export function unreadFields(kind: string, input: Readonly<Record<string, unknown>>): string[] {
  const within = Object.entries(input).flatMap(([name, value]) => {
    if (name === 'segments' && Array.isArray(value))
      return value.flatMap((segment, index) => besides(SEGMENT, segment, `${name}[${index}].`));
    return STREAMS.includes(name) ? besides(READINGS, value, `${name}.`) : [];
  });
  return [...besides(FIELDS[kind] ?? [], input), ...within];
}

const STREAMS = ['cgm', 'smbg', 'bp'];

function besides(read: readonly string[], given: unknown, path = ''): string[] {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) return [];
  return Object.keys(given).flatMap((name) =>
    read.includes(name) || TOLD_ONLY.includes(name) ? [] : [`${path}${name}`],
  );
}
