// Reads projections from the store: several patients a query, each with two days of readings and what is persisted of its signals.
import type { Pool } from 'pg';
import { READING_KINDS } from '../../domain/reading.ts';
import { NO_SIGNAL } from '../../domain/rules/reconcile-signals.ts';
import { RULE_CATALOGUE } from '../../domain/rules/rule-catalogue.ts';
import { partitionOfPatient } from '../../storage/journal/partition-of.ts';
import type { TimeSeries } from '../../storage/ports/time-series.ts';
import { readDeviceEvents, type SlotEvent } from '../../storage/readings/device-events.ts';
import { againstPostgres } from '../../storage/readings/postgres-failure.ts';
import { deviceSpans, type PatientEntry, type PatientProfiles } from '../../storage/registry/patient-profiles.ts';
import { readSignals } from '../../storage/signals/read-signals.ts';
import { ALL_RULES } from '../evaluate/rules-of-kind.ts';
import { counts, PatientProjection } from './patient-projection.ts';
import { PatientState } from './patient-state.ts';
import type { Projections } from './projections.ts';

/** Readings of 200 patients with a 5-minute CGM are about 100,000 rows at most. */
const PATIENTS_PER_QUERY = 200;
/** A device's clock may be ahead; nothing lies further in the future (clinical.md §1.1). */
const AHEAD_MS = 2 * 24 * 3_600_000;

export interface LoadDeps {
  readonly pool: Pool;
  readonly timeSeries: Pick<TimeSeries, 'read'>;
  readonly profiles: Pick<PatientProfiles, 'load' | 'loadAnew'>;
  readonly projections: Projections;
  readonly partitions: number;
}

/** Answers those that exist, anew; patients that are unknown or erased are left out. All their rules are to be evaluated. */
export async function loadProjections(
  deps: LoadDeps,
  patientKeys: readonly number[],
  now: number,
): Promise<PatientProjection[]> {
  const loaded: PatientProjection[] = [];
  for (let from = 0; from < patientKeys.length; from += PATIENTS_PER_QUERY) {
    loaded.push(...(await loadSome(deps, patientKeys.slice(from, from + PATIENTS_PER_QUERY), now)));
  }
  return loaded;
}

async function loadSome(
  { pool, timeSeries, profiles, projections, partitions }: LoadDeps,
  patientKeys: readonly number[],
  now: number,
): Promise<PatientProjection[]> {
  const entries = await againstPostgres(() => profiles.load(patientKeys));
  if (entries.size === 0) return [];
  await renewRules(entries, profiles, now);
  const loaded: PatientProjection[] = [];
  for (const entry of entries.values()) {
    const { patientKey } = entry;
    const partition = partitionOfPatient(patientKey, partitions);
    const state = projections.states.get(patientKey) ?? new PatientState(patientKey, partition);
    const projection = new PatientProjection(entry, partition, state, [...NO_SIGNALS]);
    projection.rollTo(now);
    projection.pendingRules = ALL_RULES;
    loaded.push(projection);
  }
  const earliest = Math.min(...loaded.map(({ from }) => from));
  const deviceKeys = [...new Set(loaded.flatMap(({ entry }) => entry.devices.map(({ deviceKey }) => deviceKey)))];
  const [, persisted, events] = await Promise.all([
    readStretches(
      loaded.map((projection) => ({ projection, from: projection.from, to: now + AHEAD_MS })),
      timeSeries,
    ),
    againstPostgres(() => readSignals(pool, [...entries.keys()], earliest)),
    againstPostgres(() => readDeviceEvents(pool, deviceKeys, earliest)),
  ]);
  const eventsOf = Map.groupBy(events, ({ deviceKey }) => deviceKey);
  for (const projection of loaded) {
    addEvents(projection, eventsOf);
    const known = persisted.get(projection.patientKey);
    projection.signals = projection.entry.rules.window.map(({ id }) => known?.get(id) ?? NO_SIGNAL);
    projections.forget(projection.patientKey);
    projections.hold(projection);
  }
  return loaded;
}

/** Of patients whose thresholds have begun or ended to hold by themselves. */
export async function renewRules(
  entries: Map<number, PatientEntry>,
  profiles: LoadDeps['profiles'],
  now: number,
): Promise<void> {
  const expired = [...entries.values()].filter(({ rulesUntil }) => rulesUntil !== undefined && rulesUntil <= now);
  if (expired.length === 0) return;
  const renewed = await againstPostgres(() => profiles.loadAnew(expired.map(({ patientKey }) => patientKey)));
  for (const { patientKey } of expired) {
    const entry = renewed.get(patientKey);
    if (entry === undefined) entries.delete(patientKey);
    else entries.set(patientKey, entry);
  }
}

/** Of the devices that were the patient's then. */
function addEvents(projection: PatientProjection, eventsOf: ReadonlyMap<number, readonly SlotEvent[]>): void {
  for (const { deviceKey, slot, fromAt, toAt = Number.POSITIVE_INFINITY } of projection.entry.devices) {
    for (const event of eventsOf.get(deviceKey) ?? []) {
      if (event.at >= fromAt && event.at < toAt && (slot ?? event.slot) === event.slot)
        projection.addDeviceEvent(event);
    }
  }
}

const NO_SIGNALS = RULE_CATALOGUE.map(() => NO_SIGNAL);

/** The readings of [from, to), epoch ms, that a projection is to hold. */
export interface Stretch {
  readonly projection: PatientProjection;
  readonly from: number;
  readonly to: number;
}

/** Reads the stretches of several patients at once; each reading goes to whoever its device was bound to then. */
export async function readStretches(
  stretches: readonly Stretch[],
  timeSeries: Pick<TimeSeries, 'read'>,
): Promise<void> {
  const spans = stretches.flatMap(({ projection, from, to }) =>
    deviceSpans(projection.entry.devices, from, to).map((span) => ({ ...span, projection })),
  );
  const byDevice = Map.groupBy(spans, ({ deviceKey }) => deviceKey);
  for (const { reading } of await timeSeries.read(spans, READING_KINDS)) {
    if (!counts(reading)) continue;
    const { measuredAt } = reading;
    const owner = byDevice
      .get(reading.deviceKey)
      ?.find(
        ({ slot, fromAt, toAt }) =>
          measuredAt >= fromAt && measuredAt < toAt && (slot ?? reading.slot) === reading.slot,
      );
    owner?.projection.add(reading);
  }
}
