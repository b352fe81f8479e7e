// Who is on call when, as the team wrote it: every version is kept, the highest holds. Alerting doesn't read it yet: it tells everybody.
import { type Kysely, sql } from 'kysely';
import type { Database } from '../database-schema.ts';
import { invalid } from './refusal.ts';
import { recordChange } from './registry-changes.ts';

export interface Shift {
  readonly name?: string | undefined;
  readonly memberIds: readonly string[];
  /** First time, local wall clock of the schedule's zone: `2026-11-22T18:00`. */
  readonly from: string;
  readonly to: string;
  /** RFC 5545, e.g. `FREQ=WEEKLY;BYDAY=MO,WE`; absent: once. */
  readonly rrule?: string | undefined;
}

export interface Schedule {
  /** IANA; absent: the team's. */
  readonly timeZone?: string | undefined;
  readonly shifts: readonly Shift[];
}

export interface ScheduleVersion extends Schedule {
  readonly teamId: string;
  readonly version: number;
  readonly createdAt: number;
}

/** Throws Refusal `invalid` for a member who is not in the team or a shift that ends before it begins. */
export async function putSchedule(
  db: Kysely<Database>,
  teamId: string,
  schedule: Schedule,
  createdBy: string,
): Promise<ScheduleVersion> {
  return db.transaction().execute(async (tx) => {
    // Two who save at once get one version each.
    await tx.selectFrom('teams').select('team_id').where('team_id', '=', teamId).forUpdate().execute();
    const members = await tx
      .selectFrom('members')
      .select('member_id')
      .where('team_id', '=', teamId)
      .where('left_at', 'is', null)
      .execute();
    checkShifts(schedule.shifts, new Set(members.map((row) => row.member_id)));
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

function checkShifts(shifts: readonly Shift[], members: ReadonlySet<string>): void {
  for (const [index, shift] of shifts.entries()) {
    if (shift.to <= shift.from) throw invalid(`shifts/${index}/to`, 'A shift ends after it begins.');
    const stranger = shift.memberIds.findIndex((memberId) => !members.has(memberId));
    if (stranger >= 0) throw invalid(`shifts/${index}/memberIds/${stranger}`, 'This is no present member of the team.');
  }
}
