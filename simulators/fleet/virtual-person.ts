// One simulated person: the body that all of their devices measure, and what each device makes of it.
import { createCgmSource, createGlucometerSource } from '../devices/glucose-sources.ts';
import { createPressureSource } from '../devices/pressure-source.ts';
import type { ReadingSource } from '../devices/wire-reading.ts';
import { createGlucoseTrace, type Excursion } from '../traces/glucose-trace.ts';
import { createPressureTrace, type ExtraSession } from '../traces/pressure-trace.ts';
import { SCENARIOS, type ScenarioName } from '../traces/scenarios.ts';

export const SENSOR_KINDS = ['cgm', 'glucometer', 'bp_monitor'] as const;
export type SensorKind = (typeof SENSOR_KINDS)[number];

export interface PersonTraits {
  readonly seed: number;
  readonly scenario: ScenarioName;
  /** What their local time is ahead of UTC. */
  readonly offsetMs: number;
  readonly glucoseUnit: 'mg/dL' | 'mmol/L';
  /** On order, beside what the scenario brings. */
  readonly extras?: PersonExtras;
}

export interface PersonExtras {
  readonly excursions?: readonly Excursion[];
  readonly pressureSessions?: readonly ExtraSession[];
  /** Glucometer measurements, epoch ms. */
  readonly fingersticksAt?: readonly number[];
}

export interface VirtualPerson {
  sourceFor(kind: SensorKind): ReadingSource;
}

export function createVirtualPerson(person: PersonTraits): VirtualPerson {
  const { seed, offsetMs, glucoseUnit: unit, extras = {} } = person;
  const { glucose, pressure } = SCENARIOS[person.scenario];
  const pressurePerson = { seed, offsetMs, traits: pressure, extraSessions: extras.pressureSessions ?? [] };
  // A trace each: devices ask for different times, and a trace keeps the plans of the days it was asked for last.
  const trace = () => createGlucoseTrace({ seed, offsetMs, traits: glucose, excursions: extras.excursions ?? [] });
  const sources: Record<SensorKind, () => ReadingSource> = {
    cgm: () => createCgmSource({ seed, offsetMs, trace: trace(), unit }),
    glucometer: () => createGlucometerSource({ seed, offsetMs, trace: trace(), unit }, extras.fingersticksAt),
    bp_monitor: () => createPressureSource(createPressureTrace(pressurePerson), offsetMs),
  };
  return { sourceFor: (kind) => sources[kind]() };
}
