// Thresholds of a team's own: every version is kept, the highest revision holds. Ingest asks the rules of the team's patients again.
import { type Kysely, sql } from 'kysely';
import type { RuleOverrides } from '../../domain/rules/rule-overrides.ts';
import type { Database } from '../database-schema.ts';
import { checkRevision } from './rule-revision.ts';

/** A team's or a patient's own thresholds, as they were set. */
export interface OverridesVersion {
  readonly thresholds: RuleOverrides;
  /** From 1 on; 0 while there never were any. */
  readonly revision: number;
  /** Epoch ms. */
  readonly setAt?: number | undefined;
  /** User id. */
  readonly setBy?: string | undefined;
}

export const NO_OVERRIDES: OverridesVersion = { thresholds: {}, revision: 0 };

export interface NewOverrides {
  readonly thresholds: RuleOverrides;
  /** The revision that the caller has seen; absent: whichever it is. */
  readonly revision?: number | undefined;
}

/** Takes the place of all the team had. Throws Refusal `conflict` where somebody else was faster. */
export async function putTeamRules(
  db: Kysely<Database>,
  teamId: string,
  { thresholds, revision }: NewOverrides,
  setBy: string,
  now: number,
): Promise<OverridesVersion> {
  return db.transaction().execute(async (tx) => {
    // Two who save at once come one after the other.
    await tx.selectFrom('teams').select('team_id').where('team_id', '=', teamId).forUpdate().execute();
    const before = await readTeamRules(tx, teamId);
    checkRevision(revision, before.revision);
    const set = { thresholds, revision: before.revision + 1, setAt: now, setBy };
    await tx
      .insertInto('team_rules')
      .values({
        team_id: teamId,
        revision: set.revision,
        thresholds: JSON.stringify(thresholds),
        set_by: setBy,
        set_at: new Date(now),
      })
      .execute();
    await announceToPatients(tx, teamId, now);
    return set;
  });
}

/** @param at epoch ms: those that held then; absent: now */
export async function readTeamRules(
  db: Kysely<Database>,
  teamId: string,
  at = Number.POSITIVE_INFINITY,
): Promise<OverridesVersion> {
  const row = await db
    .selectFrom('team_rules')
    .select(['thresholds', 'revision', 'set_at', 'set_by'])
    .where('team_id', '=', teamId)
    .$if(Number.isFinite(at), (query) => query.where('set_at', '<=', new Date(at)))
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return NO_OVERRIDES;
  return {
    thresholds: row.thresholds,
    revision: row.revision,
    setAt: row.set_at.getTime(),
    setBy: row.set_by ?? undefined,
  };
}

/**
 * Every process forgets the team's patients, and ingest asks their rules. A worker that is not running finds the deadlines in their
 * state instead; a row that somebody is writing now belongs to one that runs, so nobody is waited for.
 */
async function announceToPatients(tx: Kysely<Database>, teamId: string, now: number): Promise<void> {
  await sql`
    insert into registry_changes (entity, key)
    select 'patient', patient_key::text from responsibilities where team_id = ${teamId} and to_at is null`.execute(tx);
  await sql`
    update patient_state set next_deadline_at = least(next_deadline_at, ${now}::int8), history_due_at = least(history_due_at, ${now}::int8)
    where patient_key in (
      select s.patient_key from patient_state s join responsibilities r using (patient_key)
      where r.team_id = ${teamId} and r.to_at is null for update of s skip locked)`.execute(tx);
}
