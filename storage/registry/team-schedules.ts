// Who is on call when, as the team wrote it: every version is kept, the highest holds.
import { type Kysely, sql } from 'kysely';
import type { OnCallPlan } from '../../domain/on-call/on-call-schedule.ts';
import type { Database } from '../database-schema.ts';
import { readMemberNames } from './members.ts';
import { invalid } from './refusal.ts';
import { recordChange } from './registry-changes.ts';

export interface Schedule extends OnCallPlan {
  /** IANA; absent: the team's. */
  readonly timeZone?: string | undefined;
}

export interface ScheduleVersion extends Schedule {
  readonly teamId: string;
  readonly version: number;
  readonly createdAt: number;
}

/** `schedule` is one that `checkSchedule` finds nothing in. Throws Refusal `invalid` for a member who is not in the team. */
export async function putSchedule(
  db: Kysely<Database>,
  teamId: string,
  schedule: Schedule,
  createdBy: string,
): Promise<ScheduleVersion> {
  return db.transaction().execute(async (tx) => {
    // Two who save at once get one version each.
    await tx.selectFrom('teams').select('team_id').where('team_id', '=', teamId).forUpdate().execute();
    checkMembers(schedule, await readMemberNames(tx, teamId));
    const row = await tx
      .insertInto('team_schedules')
      .values({
        team_id: teamId,
        version: sql<number>`(select coalesce(max(version), 0) + 1 from team_schedules where team_id = ${teamId})`,
        schedule: JSON.stringify(schedule),
        created_by: createdBy,
      })
      .returning(['version', 'created_at'])
      .executeTakeFirstOrThrow();
    await recordChange(tx, 'team', teamId);
    return { ...schedule, teamId, version: row.version, createdAt: row.created_at.getTime() };
  });
}

/** Undefined while the team has none. */
export async function readSchedule(db: Kysely<Database>, teamId: string): Promise<ScheduleVersion | undefined> {
  const row = await db
    .selectFrom('team_schedules')
    .select(['version', 'schedule', 'created_at'])
    .where('team_id', '=', teamId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && { ...row.schedule, teamId, version: row.version, createdAt: row.created_at.getTime() };
}

function checkMembers(
  { shifts, overrides = [], swaps = [], leave = [] }: Schedule,
  members: ReadonlyMap<string, unknown>,
): void {
  const check = (field: string, memberIds: readonly string[] = []) => {
    const stranger = memberIds.findIndex((memberId) => !members.has(memberId));
    if (stranger >= 0) throw invalid(`${field}/${stranger}`, 'This is no present member of the team.');
  };
  for (const [i, { memberIds }] of shifts.entries()) check(`shifts/${i}/memberIds`, memberIds);
  for (const [i, { memberIds }] of overrides.entries()) check(`overrides/${i}/memberIds`, memberIds);
  for (const [i, { memberIds }] of swaps.entries()) check(`swaps/${i}/memberIds`, memberIds);
  for (const [i, { memberId, coveredBy }] of leave.entries()) {
    if (!members.has(memberId)) throw invalid(`leave/${i}/memberId`, 'This is no present member of the team.');
    check(`leave/${i}/coveredBy`, coveredBy);
  }
}
