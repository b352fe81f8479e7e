// Whose a device's readings are, dated. A change rewrites no reading: it marks the days of both sides to be computed again.
import type { Kysely } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../database-schema.ts';
import type { TimeSeries } from '../ports/time-series.ts';
import { type BindingPeriod, decideBinding, type WantedBinding } from './decide-binding.ts';
import type { DeviceRef, PatientRef } from './find-in-scope.ts';
import { markDirtyDays, todayAndYesterday } from './mark-dirty-days.ts';
import { type ReadingTimes, readReadingTimes } from './reading-times.ts';
import { invalid, Refusal } from './refusal.ts';
import { recordChange } from './registry-changes.ts';

export interface Binding extends BindingPeriod {
  readonly deviceKey: number;
  readonly patientKey: number;
  readonly patientId: string;
  readonly patientTimeZone: string;
}

export interface BindingsDeps {
  readonly db: Kysely<Database>;
  readonly timeSeries: Pick<TimeSeries, 'read' | 'newestAt'>;
}

export type NewBinding = WantedBinding & { readonly patient: PatientRef };

/**
 * `teamIds` are those whose patients the caller may treat, as `listBindings` takes them: nobody else's binding is ended or named.
 * Throws Refusal `conflict` where a binding is in the way, `invalid` where it would be empty.
 */
export async function bindDevice(
  { db, timeSeries }: BindingsDeps,
  device: DeviceRef,
  wanted: NewBinding,
  boundBy: string,
  now: number,
  teamIds?: readonly string[],
): Promise<Binding> {
  const { fromAt = 0, toAt = now } = wanted;
  const times = await readReadingTimes(db, timeSeries, device.deviceKey, fromAt, toAt);
  return db.transaction().execute((tx) => bindDeviceWithin(tx, device, wanted, times, boundBy, now, teamIds));
}

/** The same in the caller's transaction. */
export async function bindDeviceWithin(
  tx: Kysely<Database>,
  device: DeviceRef,
  { patient, slot, ...period }: NewBinding,
  times: ReadingTimes,
  boundBy: string,
  now: number,
  teamIds?: readonly string[],
): Promise<Binding> {
  if (device.kind === 'gateway') throw invalid('patientId', 'A gateway has no readings of its own: bind its devices.');
  const { deviceKey } = device;
  await tx.selectFrom('devices').select('device_key').where('device_key', '=', deviceKey).forUpdate().execute();
  const existing = await listBindings(tx, deviceKey);
  const decision = decideBinding({ slot, ...period }, existing, now);
  if (decision.fate === 'empty') throw invalid('to', 'The binding would end before it begins.');
  const isTreated = await treatedBindings(tx, deviceKey, teamIds);
  if (decision.fate === 'overlap') throw overlap(decision.with, isTreated);
  const { fromAt, toAt, ends } = decision;
  if (!ends.every(isTreated)) throw new Refusal('conflict', WORN_ELSEWHERE, { field: 'patientId' });

  for (const bindingId of ends) await setEnd(tx, bindingId, now);
  const bindingId = uuidv7();
  await tx
    .insertInto('device_bindings')
    .values({
      binding_id: bindingId,
      device_key: deviceKey,
      patient_key: patient.patientKey,
      slot: slot ?? null,
      from_at: new Date(fromAt),
      to_at: toAt === undefined ? null : new Date(toAt),
      created_by: boundBy,
    })
    .execute();
  const ended = existing.filter((binding) => ends.includes(binding.bindingId));
  const { patientKey, patientId, timeZone: patientTimeZone } = patient;
  const binding = { bindingId, deviceKey, patientKey, patientId, patientTimeZone, slot, fromAt, toAt };
  await announceBindingChange(tx, deviceKey, [binding, ...ended], times, { fromAt, toAt: toAt ?? now }, now);
  return binding;
}

/** Sets or moves a binding's end. Undefined where the device has no such binding. Throws Refusal as `bindDevice`. */
export async function endBinding(
  { db, timeSeries }: BindingsDeps,
  device: DeviceRef,
  bindingId: string,
  toAt: number,
  now: number,
  teamIds?: readonly string[],
): Promise<Binding | undefined> {
  const { deviceKey } = device;
  const present = (await listBindings(db, deviceKey)).find((binding) => binding.bindingId === bindingId);
  const moved = [present?.toAt ?? now, toAt];
  const changed = { fromAt: Math.min(...moved), toAt: Math.max(...moved) };
  const times = await readReadingTimes(db, timeSeries, deviceKey, changed.fromAt, changed.toAt);
  return db.transaction().execute(async (tx) => {
    await tx.selectFrom('devices').select('device_key').where('device_key', '=', deviceKey).forUpdate().execute();
    const bindings = await listBindings(tx, deviceKey);
    const before = bindings.find((binding) => binding.bindingId === bindingId);
    if (!before) return undefined;
    const others = bindings.filter((binding) => binding.bindingId !== bindingId);
    const decision = decideBinding({ slot: before.slot, fromAt: before.fromAt, toAt }, others, now);
    if (decision.fate === 'empty') throw invalid('to', 'The binding would end before it begins.');
    if (decision.fate === 'overlap') throw overlap(decision.with, await treatedBindings(tx, deviceKey, teamIds));
    await setEnd(tx, bindingId, toAt);
    await announceBindingChange(tx, deviceKey, [before], times, changed, now);
    return { ...before, toAt };
  });
}

/** All there ever were, in ascending `fromAt`; with `teamIds` only of patients for whom one of these is responsible now. */
export async function listBindings(
  db: Kysely<Database>,
  deviceKey: number,
  teamIds?: readonly string[],
): Promise<Binding[]> {
  if (teamIds?.length === 0) return [];
  let query = db
    .selectFrom('device_bindings as b')
    .innerJoin('patients as p', 'p.patient_key', 'b.patient_key')
    .select(['b.binding_id', 'b.patient_key', 'p.patient_id', 'p.time_zone', 'b.slot', 'b.from_at', 'b.to_at'])
    .where('b.device_key', '=', deviceKey)
    .orderBy('b.from_at')
    .orderBy('b.binding_id');
  if (teamIds !== undefined) {
    query = query.where((where) =>
      where.exists(
        where
          .selectFrom('responsibilities as r')
          .select('r.team_id')
          .whereRef('r.patient_key', '=', 'b.patient_key')
          .where('r.to_at', 'is', null)
          .where('r.team_id', 'in', teamIds),
      ),
    );
  }
  const rows = await query.execute();
  return rows.map((row) => ({
    bindingId: row.binding_id,
    deviceKey,
    patientKey: row.patient_key,
    patientId: row.patient_id,
    patientTimeZone: row.time_zone,
    slot: row.slot ?? undefined,
    fromAt: row.from_at.getTime(),
    toAt: row.to_at?.getTime(),
  }));
}

async function setEnd(tx: Kysely<Database>, bindingId: string, toAt: number): Promise<void> {
  await tx
    .updateTable('device_bindings')
    .set({ to_at: new Date(toAt) })
    .where('binding_id', '=', bindingId)
    .execute();
}

/** Everybody concerned forgets what they hold; the days whose readings changed hands are computed again on both sides. */
async function announceBindingChange(
  tx: Kysely<Database>,
  deviceKey: number,
  concerned: readonly Binding[],
  times: ReadingTimes,
  changed: { readonly fromAt: number; readonly toAt: number },
  now: number,
): Promise<void> {
  await recordChange(tx, 'device', deviceKey);
  const zones = new Map(concerned.map((binding) => [binding.patientKey, binding.patientTimeZone]));
  for (const [patientKey, timeZone] of zones) {
    await recordChange(tx, 'patient', patientKey);
    // Readings of this moment may still have been attributed by the former binding.
    const days = times.daysBetween(changed.fromAt, changed.toAt, timeZone);
    const touched = [...days, ...todayAndYesterday(timeZone, now)];
    await markDirtyDays(tx, { patientKey, days: touched }, { evaluate: true });
  }
}

type IsTreated = (bindingId: string) => boolean;

async function treatedBindings(
  db: Kysely<Database>,
  deviceKey: number,
  teamIds: readonly string[] | undefined,
): Promise<IsTreated> {
  if (teamIds === undefined) return () => true;
  const treated = new Set((await listBindings(db, deviceKey, teamIds)).map(({ bindingId }) => bindingId));
  return (bindingId) => treated.has(bindingId);
}

const WORN_ELSEWHERE =
  'Somebody whom you may not treat wears this device, or wore it then: their team has to end that first, or choose another period.';

function overlap({ bindingId, fromAt, toAt }: BindingPeriod, isTreated: IsTreated): Refusal {
  if (!isTreated(bindingId)) return new Refusal('conflict', WORN_ELSEWHERE, { field: 'from' });
  const from = fromAt === 0 ? 'the beginning' : new Date(fromAt).toISOString();
  const until = toAt === undefined ? 'without end' : `until ${new Date(toAt).toISOString()}`;
  const detail = `The binding ${bindingId} holds from ${from} ${until}: end it first, or choose a period beside it.`;
  return new Refusal('conflict', detail, { field: 'from' });
}
