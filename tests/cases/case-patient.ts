// What a case tells of the patient beside their readings: age, treatment, symptoms, plan, visits.
// Promise: a word that the domain doesn't know is an error that names it, never another treatment or symptom.
import type { SymptomCode } from '../../domain/care/symptom.ts';
import { SYMPTOM_CODES } from '../../domain/care/symptom.ts';
import { TREATMENT_CLASSES, type TreatmentClass } from '../../domain/care/treatment.ts';
import type { Visit } from '../../domain/care/visit.ts';
import { localDayOf } from '../../domain/local-day.ts';
import type { DatedPlan } from '../../domain/rules/history-rule.ts';
import type { PatientProfile } from '../../domain/rules/rule.ts';
import { CaseError, parseTime, zoneOf } from './case-input.ts';

export const REGISTERED_BEFORE_MS = 90 * 86_400_000;

export interface CasePatient {
  tz?: string;
  time_zone?: string;
  age?: number;
  birth_date?: string;
  insulin?: boolean;
  on_insulin?: boolean;
  su?: boolean;
  sulfonylurea?: boolean;
  treatment?: string | null;
  treatments?: string[];
  symptoms?: unknown[];
  symptom?: string;
  registered?: string;
}

export const PATIENT_FIELDS = [
  'age',
  'birth_date',
  'insulin',
  'on_insulin',
  'su',
  'sulfonylurea',
  'treatment',
  'treatments',
  'symptoms',
  'symptom',
] as const satisfies readonly (keyof CasePatient)[];

/** Registered with the first visit where there is one, else long ago. An age is had all year. */
export function patientOf(input: CasePatient, startAt: number, firstVisitAt?: number): PatientProfile {
  const { age, treatment, treatments = [], symptoms = [], symptom } = input;
  const timeZone = zoneOf(input);
  const classes = [
    ...treatments,
    ...(treatment ? [treatment] : []),
    ...(input.insulin || input.on_insulin ? ['insulin'] : []),
    ...(input.su || input.sulfonylurea ? ['sulfonylurea'] : []),
  ];
  const year = Number(localDayOf(startAt, timeZone).slice(0, 4));
  const birthDate = input.birth_date ?? (age === undefined ? undefined : `${year - age}-01-01`);
  const registered = input.registered === undefined ? undefined : parseTime(input.registered, 'registered', startAt);
  return {
    ...(birthDate !== undefined && { birthDate }),
    timeZone,
    registeredAt:
      registered ?? (firstVisitAt === undefined ? startAt - REGISTERED_BEFORE_MS : Math.min(startAt, firstVisitAt)),
    treatments: classes.filter((name) => name !== 'none').map((name) => ({ class: treatmentOf(name), from: 0 })),
    cgmPeriods: [],
    symptoms: [...symptoms, ...(symptom === undefined ? [] : [symptom])].map((one) => toSymptom(one, startAt)),
  };
}

function treatmentOf(name: string): TreatmentClass {
  const known = TREATMENT_CLASSES.find((one) => one === (ALIASES[name.toLowerCase()] ?? name.toLowerCase()));
  if (known === undefined) throw new CaseError(`treatments: there is no ${name}`);
  return known;
}

const ALIASES: Readonly<Record<string, string>> = { su: 'sulfonylurea', sulphonylurea: 'sulfonylurea' };

export function symptomOf(name: unknown): SymptomCode {
  const known = SYMPTOM_CODES.find((one) => one === name);
  if (known === undefined) throw new CaseError(`symptoms: there is no ${JSON.stringify(name)}`);
  return known;
}

/** A code at the case's start, `[time, code]` or `{at, code}`. */
function toSymptom(symptom: unknown, startAt: number): { at: number; code: SymptomCode } {
  if (typeof symptom === 'string') return { at: startAt, code: symptomOf(symptom) };
  if (symptom === null || typeof symptom !== 'object')
    throw new CaseError(`symptoms: ${JSON.stringify(symptom)} is none`);
  const [time, code] = Array.isArray(symptom)
    ? (symptom as unknown[])
    : [(symptom as Record<string, unknown>).at, (symptom as Record<string, unknown>).code];
  return { at: parseTime(time, 'symptoms', startAt), code: symptomOf(code) };
}

const CONTROL: Readonly<Record<string, boolean>> = { controlled: true, uncontrolled: false };

/** A day, `[day, controlled]` or `{at, controlled, kind}`: a visit at the clinic unless it says otherwise. */
export function visitOf(visit: unknown, startAt: number): Visit {
  const isObject = visit !== null && typeof visit === 'object' && !Array.isArray(visit);
  const told = isObject ? (visit as Record<string, unknown>) : {};
  const unknown = Object.keys(told).find((name) => !['at', 'date', 'day', 'kind', 'type', 'controlled'].includes(name));
  if (unknown !== undefined) throw new CaseError(`visits: nothing reads its ${unknown}`);
  const [day, control] = Array.isArray(visit)
    ? (visit as unknown[])
    : isObject
      ? [told.at ?? told.date ?? told.day, told.controlled]
      : [visit];
  const controlled = typeof control === 'string' ? CONTROL[control] : (control ?? undefined);
  const kind = String(told.kind ?? told.type ?? 'clinic');
  return {
    at: parseTime(day, 'visits', startAt),
    kind,
    ...(typeof controlled === 'boolean' && { controlled }),
  };
}

const PLAN_FIELDS = {
  glucoseSessionsPerWeek: ['glucose_sessions_per_week', 'smbg_per_week'],
  bloodPressureSessionsPerWeek: ['bp_sessions_per_week', 'bp_per_week'],
  visitIntervalMonths: ['visit_interval_months', 'months'],
} as const;

export function planOf(plan: Readonly<Record<string, number>>, startAt: number): DatedPlan {
  const known: readonly string[] = Object.values(PLAN_FIELDS).flatMap((names) => [...names]);
  const unknown = Object.keys(plan).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new CaseError(`plan: nothing reads its ${unknown}`);
  const told = (names: readonly string[]) => names.map((name) => plan[name]).find((value) => value !== undefined);
  const { glucoseSessionsPerWeek, bloodPressureSessionsPerWeek, visitIntervalMonths } = PLAN_FIELDS;
  return {
    from: startAt - REGISTERED_BEFORE_MS,
    glucoseSessionsPerWeek: told(glucoseSessionsPerWeek),
    bloodPressureSessionsPerWeek: told(bloodPressureSessionsPerWeek),
    visitIntervalMonths: told(visitIntervalMonths),
  };
}
