// In a process of its own, with the garbage collector at hand: builds projections as ingest does, and prints what they hold as JSON.
import { localDayBounds, localDayOf } from '../../domain/local-day.ts';
import type { Reading } from '../../domain/reading.ts';
import { NO_SIGNAL } from '../../domain/rules/reconcile-signals.ts';
import { createRuleSet } from '../../domain/rules/rule-set.ts';
import { evaluateProjection, nothingEvaluated } from '../../ingest/evaluate/evaluate-projection.ts';
import { ALL_RULES } from '../../ingest/evaluate/rules-of-kind.ts';
import { PatientProjection } from '../../ingest/project/patient-projection.ts';
import { PatientState } from '../../ingest/project/patient-state.ts';
import { Projections } from '../../ingest/project/projections.ts';
import type { PatientEntry } from '../../storage/registry/patient-profiles.ts';
import type { MemoryCase, ProjectionMemory } from './projection-memory.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const RULES = createRuleSet({}, {});

const [patients, timeZone, lastDay, trace] = process.argv.slice(2);
const memoryCase = { timeZone: timeZone!, lastDay: lastDay!, trace: trace as MemoryCase['trace'] };
process.stdout.write(`${JSON.stringify(measure(Number(patients), memoryCase))}\n`);

function measure(count: number, { timeZone, lastDay, trace }: MemoryCase): ProjectionMemory {
  const today = localDayBounds(lastDay, timeZone);
  const until = today.endAt - 1;
  const { startAt: from } = localDayBounds(localDayOf(today.startAt - 1, timeZone), timeZone);
  // Once before anything is measured, so that what is compiled and shared is there.
  project(entryOf(0, timeZone), from, until, trace);
  const before = held();
  const entries = Array.from({ length: count }, (_, index) => entryOf(index + 1, timeZone));
  const withEntries = held();
  const projections = new Projections();
  for (const entry of entries) projections.hold(project(entry, from, until, trace));
  const after = held();
  const [projection] = projections.all();
  return {
    hours: (today.endAt - from) / HOUR_MS,
    readings: projection!.cgm[0]!.length,
    episodes: projection!.signals.flatMap(({ episodes }) => episodes).length,
    projectionBytes: Math.round((after - withEntries) / projections.size),
    entryBytes: Math.round((withEntries - before) / entries.length),
    countedBytes: Math.round(projections.bytes / projections.size),
  };
}

/** As the registry answers one: nothing in it is shared but the rules. */
function entryOf(patientKey: number, timeZone: string): PatientEntry {
  const device = (n: number, kind: string) => ({
    deviceKey: patientKey * 10 + n,
    kind,
    fromAt: 0,
    clockAheadMs: 0,
    clockBehindMs: 0,
  });
  const text = JSON.stringify({
    patientKey,
    patientId: `01a2024a-0000-7000-8000-${String(patientKey).padStart(12, '0')}`,
    profile: {
      birthDate: '1956-07-01',
      timeZone,
      registeredAt: 1_700_000_000_000 + patientKey,
      treatments: [{ class: 'insulin', from: 1_700_000_000_000 }],
      cgmPeriods: [{ from: 1_700_000_000_000 }],
      symptoms: [],
    },
    teamId: '01a2024a-0000-7000-8000-ffffffffffff',
    devices: [device(1, 'cgm'), device(2, 'glucometer'), device(3, 'bp_monitor')],
  });
  return { ...JSON.parse(text), rules: RULES };
}

/** Every five minutes up to the last of today, judged every two hours. */
function project(entry: PatientEntry, from: number, until: number, trace: MemoryCase['trace']): PatientProjection {
  const { patientKey } = entry;
  const withOthers = trace === 'others';
  const valueAt = trace === 'steady' ? steady : wave;
  const signals = RULES.window.map(() => NO_SIGNAL);
  const projection = new PatientProjection(entry, 0, new PatientState(patientKey, 0), signals);
  const judge = (now: number) => {
    projection.pendingRules = ALL_RULES;
    evaluateProjection(projection, now, nothingEvaluated(), (rule, error) => {
      throw new Error(`${rule.id} failed`, { cause: error });
    });
  };
  for (let at = from; at <= until; at += 5 * MINUTE_MS) {
    projection.rollTo(at);
    projection.touchDay(at, at);
    const minute = (at - from) / MINUTE_MS;
    projection.add(glucose('cgm', patientKey * 10 + 1, at, valueAt(minute)));
    if (withOthers && minute % 360 === 0) projection.add(glucose('smbg', patientKey * 10 + 2, at, valueAt(minute)));
    if (withOthers && minute % 720 < 10) projection.add(pressure(patientKey * 10 + 3, at));
    if (minute % 120 === 115) judge(at);
  }
  return projection;
}

/** mmol/L. */
function steady(minute: number): number {
  return 7 + (minute % 9) / 10;
}

/** 3.4 to 16.6 mmol/L. */
function wave(minute: number): number {
  return Math.round(100 + 66 * Math.sin((2 * Math.PI * minute) / 1440)) / 10;
}

function glucose(kind: 'cgm' | 'smbg', deviceKey: number, at: number, value: number): Reading {
  const base = {
    kind,
    deviceKey,
    at,
    measuredAt: at,
    receivedAt: at + 2_000,
    flags: [],
    value,
    unit: 'mmol/L',
  } as const;
  return kind === 'smbg' ? { ...base, context: 'random' } : base;
}

function pressure(deviceKey: number, at: number): Reading {
  const [systolicMmHg, diastolicMmHg] = [131, 82];
  return {
    ...{ kind: 'bp', deviceKey, at, measuredAt: at, receivedAt: at + 2_000, flags: [], unit: 'mmHg' },
    ...{ systolicMmHg, diastolicMmHg, pulsePerMin: 70 },
    ...{ receivedSystolic: systolicMmHg, receivedDiastolic: diastolicMmHg },
  };
}

/** Heap and what lies outside it, after as much was collected as can be. */
function held(): number {
  for (let round = 0; round < 4; round++) globalThis.gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
