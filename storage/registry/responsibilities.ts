// Which team is responsible for a patient, with history: one at a time, changed from now on only, because alerts go out by it.
import { type Kysely, sql } from 'kysely';
import type { Database } from '../database-schema.ts';
import type { PatientRef } from './find-in-scope.ts';
import { announcePatientFact } from './patient-facts.ts';

export interface Responsibility {
  readonly teamId: string;
  /** Epoch ms. */
  readonly from: number;
  readonly to?: number | undefined;
}

/**
 * Nothing happens where the team is responsible already. What the patient wears goes with them: the former team keeps no right over
 * it. The caller has checked both teams.
 */
export async function assignTeam(
  db: Kysely<Database>,
  patient: PatientRef,
  teamId: string,
  assignedBy: string,
  now: number,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { patientKey } = patient;
    // Two who hand over at once come one after the other.
    await tx.selectFrom('patients').select('patient_key').where('patient_key', '=', patientKey).forUpdate().execute();
    const before = await tx
      .selectFrom('responsibilities')
      .select('team_id')
      .where('patient_key', '=', patientKey)
      .where('to_at', 'is', null)
      .executeTakeFirst();
    const ended = await tx
      .updateTable('responsibilities')
      .set({ to_at: sql<Date>`greatest(${new Date(now)}::timestamptz, from_at + interval '1 ms')` })
      .where('patient_key', '=', patientKey)
      .where('to_at', 'is', null)
      .where('team_id', '<>', teamId)
      .returning('to_at')
      .executeTakeFirst();
    if (!ended?.to_at) return;
    await tx
      .insertInto('responsibilities')
      .values({ patient_key: patientKey, team_id: teamId, from_at: ended.to_at, to_at: null, assigned_by: assignedBy })
      .execute();
    if (before) await handDevicesOver(tx, patientKey, before.team_id, teamId);
    await announcePatientFact(tx, { ...patient, teamId }, now);
  });
}

/** A shared monitor stays with its keeper while another of that team's patients wears it, a gateway while it carries one of its devices. */
async function handDevicesOver(tx: Kysely<Database>, patientKey: number, from: string, to: string): Promise<void> {
  const { rows } = await sql<{ gateway_key: number | null }>`
    update devices d set keeper_team_id = ${to}
    where d.keeper_team_id = ${from}
      and exists (select from device_bindings b where b.device_key = d.device_key and b.patient_key = ${patientKey}
                  and (b.to_at is null or b.to_at > now()))
      and not exists (
        select from device_bindings b join responsibilities r on r.patient_key = b.patient_key and r.to_at is null
        where b.device_key = d.device_key and b.patient_key <> ${patientKey} and (b.to_at is null or b.to_at > now())
          and r.team_id = ${from})
    returning d.gateway_key`.execute(tx);
  const gatewayKeys = rows.flatMap((row) => row.gateway_key ?? []);
  await sql`
    update devices g set keeper_team_id = ${to}
    where g.device_key = any(${gatewayKeys}::int[]) and g.keeper_team_id = ${from}
      and not exists (select from devices d where d.gateway_key = g.device_key and d.keeper_team_id = ${from})`.execute(
    tx,
  );
}

/** Newest first. */
export async function listResponsibilities(db: Kysely<Database>, patientKey: number): Promise<Responsibility[]> {
  const rows = await db
    .selectFrom('responsibilities')
    .select(['team_id', 'from_at', 'to_at'])
    .where('patient_key', '=', patientKey)
    .orderBy('from_at', 'desc')
    .execute();
  return rows.map((row) => ({ teamId: row.team_id, from: row.from_at.getTime(), to: row.to_at?.getTime() }));
}
