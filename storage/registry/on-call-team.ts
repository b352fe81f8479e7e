// A team as the question "who is on call?" needs it: its zone, its schedule, and its members with those who have left.
import { type Kysely, sql } from 'kysely';
import type { OnCallSchedule } from '../../domain/on-call/on-call-schedule.ts';
import { isDeadContactSql } from '../alerts/dead-contacts.ts';
import type { Database } from '../database-schema.ts';
import { readSchedule } from './team-schedules.ts';

export interface OnCallTeamMember {
  readonly memberId: string;
  /** Absent for who doesn't sign in. */
  readonly userId?: string | undefined;
  readonly name: string;
  readonly role: string;
  readonly present: boolean;
  /** A verified contact beside the app, which nobody looks into at night, and that messages arrive at. */
  readonly hasWorkingChannel: boolean;
}

export interface OnCallTeam {
  /** IANA. */
  readonly timeZone: string;
  /** Undefined where the team has none. */
  readonly schedule?: (OnCallSchedule & { readonly version: number }) | undefined;
  /** In the order they joined. */
  readonly members: readonly OnCallTeamMember[];
}

/** Undefined where there is no such team. */
export async function readOnCallTeam(db: Kysely<Database>, teamId: string): Promise<OnCallTeam | undefined> {
  const team = await db.selectFrom('teams').select('time_zone').where('team_id', '=', teamId).executeTakeFirst();
  if (!team) return undefined;
  const stored = await readSchedule(db, teamId);
  const schedule = stored && { ...stored, timeZone: stored.timeZone ?? team.time_zone };
  return { timeZone: schedule?.timeZone ?? team.time_zone, schedule, members: await readMembers(db, teamId) };
}

async function readMembers(db: Kysely<Database>, teamId: string): Promise<OnCallTeamMember[]> {
  const rows = await db
    .selectFrom('members as m')
    .select(({ exists, selectFrom }) => [
      'm.member_id',
      'm.user_id',
      'm.name',
      'm.role',
      'm.left_at',
      exists(
        selectFrom('member_contacts as c')
          .select('c.contact_id')
          .whereRef('c.member_id', '=', 'm.member_id')
          .where('c.removed_at', 'is', null)
          .where('c.verified_at', 'is not', null)
          .where('c.channel', '<>', 'in_app')
          .where(sql.raw<boolean>(`not ${isDeadContactSql('c.contact_id')}`)),
      ).as('has_working_channel'),
    ])
    .where('m.team_id', '=', teamId)
    .orderBy('m.created_at')
    .orderBy('m.member_id')
    .execute();
  return rows.map((row) => ({
    memberId: row.member_id,
    userId: row.user_id ?? undefined,
    name: row.name,
    role: row.role,
    present: row.left_at === null,
    hasWorkingChannel: Boolean(row.has_working_channel),
  }));
}
