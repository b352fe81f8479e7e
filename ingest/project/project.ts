// Step 6: new readings join the projections of their patients; what this worker can't judge from memory marks its day as dirty.
// Promise: only patients whose own partition is held are projected, and a projection that is loaded here already holds the batch.
import { localDayOf } from '../../domain/local-day.ts';
import { partitionOfPatient } from '../../storage/journal/partition-of.ts';
import { againstPostgres } from '../../storage/readings/postgres-failure.ts';
import { type Batch, dayKey, type Item } from '../batch.ts';
import { DEVICE_RULES } from '../evaluate/rules-of-kind.ts';
import { askHistory } from './history-asked-by.ts';
import { type LoadDeps, loadProjections } from './load-projections.ts';
import { type NotedEvent, noteDeviceEvents } from './note-device-events.ts';
import { counts, type PatientProjection } from './patient-projection.ts';

export interface ProjectDeps extends LoadDeps {
  readonly isHeld: (partition: number) => boolean;
}

export async function project(batch: Batch, deps: ProjectDeps): Promise<void> {
  const { projections, isHeld, partitions } = deps;
  const missing = new Set<number>();
  const elsewhere: Item[] = [];
  for (const item of batch.items) {
    if (item.effect === undefined || !counts(item.reading!)) continue;
    const { patientKey } = item;
    const projection = projections.get(patientKey);
    if (projection !== undefined) {
      // An earlier run had stored it, maybe after this projection was read.
      if (item.effect === 'known') missing.add(patientKey);
    } else if (isHeld(partitionOfPatient(patientKey, partitions))) missing.add(patientKey);
    else elsewhere.push(item);
  }
  batch.deviceEvents = noteDeviceEvents(batch);
  const eventsElsewhere: NotedEvent[] = [];
  for (const noted of batch.deviceEvents) {
    if (projections.get(noted.patientKey) !== undefined) continue;
    if (isHeld(partitionOfPatient(noted.patientKey, partitions))) missing.add(noted.patientKey);
    else eventsElsewhere.push(noted);
  }
  if (elsewhere.length > 0 || eventsElsewhere.length > 0) await markElsewhere(batch, elsewhere, eventsElsewhere, deps);
  if (missing.size > 0) {
    await batch.stored;
    const loaded = await loadProjections(deps, [...missing], batch.now);
    for (const projection of loaded) touch(batch, projection);
  }
  for (const item of batch.items) {
    if (item.effect === undefined || !counts(item.reading!)) continue;
    const projection = projections.get(item.patientKey);
    if (projection !== undefined) projectItem(batch, item, projection, missing.has(item.patientKey), deps);
  }
  for (const { event, patientKey } of batch.deviceEvents) {
    const projection = projections.get(patientKey);
    if (projection === undefined || !projection.addDeviceEvent(event)) continue;
    touch(batch, projection);
    projection.pendingRules |= DEVICE_RULES;
  }
}

function projectItem(
  batch: Batch,
  item: Item,
  projection: PatientProjection,
  isLoadedHere: boolean,
  { projections }: ProjectDeps,
): void {
  const reading = item.reading!;
  projections.orphan(projection, projection.rollTo(batch.now));
  // A value that others have been told of may change, and what is older than the window has to be read: the owner's one path for both.
  if (item.effect === 'changed' || reading.measuredAt < projection.from) {
    markDay(batch, projection.patientKey, localDayOf(reading.measuredAt, projection.timeZone), projection.partition);
    return;
  }
  touch(batch, projection);
  const touchedDay = projection.touchDay(reading.measuredAt, batch.now);
  if (touchedDay !== undefined) batch.touchedDays.push({ projection, day: touchedDay });
  item.projection = projection;
  item.inOrder = !isLoadedHere && projection.add(reading);
  if (item.inOrder) item.row = projection.lastRowOf(reading);
  askHistory(projection, reading, item.inOrder, batch.now);
}

/** Once a batch. */
function touch(batch: Batch, projection: PatientProjection): void {
  if (projection.touchedIn === batch) return;
  projection.touchedIn = batch;
  batch.touched.push(projection);
}

async function markElsewhere(
  batch: Batch,
  items: readonly Item[],
  events: readonly NotedEvent[],
  { profiles, partitions }: ProjectDeps,
): Promise<void> {
  const patientKeys = [...new Set([...items, ...events].map(({ patientKey }) => patientKey))];
  const entries = await againstPostgres(() => profiles.load(patientKeys));
  const mark = (patientKey: number, at: number, readings: number) => {
    const timeZone = entries.get(patientKey)?.profile.timeZone;
    if (timeZone === undefined) return;
    markDay(batch, patientKey, localDayOf(at, timeZone), partitionOfPatient(patientKey, partitions), readings);
  };
  for (const { patientKey, measuredAt } of items) mark(patientKey, measuredAt, 1);
  for (const { patientKey, event } of events) mark(patientKey, event.at, 0);
}

function markDay(batch: Batch, patientKey: number, day: string, partition: number, more = 1): void {
  const key = dayKey(patientKey, day);
  const readings = more + (batch.dirtyDays.get(key)?.readings ?? 0);
  batch.dirtyDays.set(key, { patientKey, day, partition, readings });
}
