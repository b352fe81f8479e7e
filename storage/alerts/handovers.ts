// Which shifts were handed over, and to whom in vain. Promise: of all processes one hands a team's shift over, once.
import type { NotificationSubject } from '../../domain/alerts/notification-subject.ts';
import { dropNulls } from './drop-nulls.ts';
import type { Queryable } from './queryable.ts';

export interface ScheduledTeam {
  readonly teamId: string;
  readonly timeZone: string;
  /** Of its schedule. */
  readonly version: number;
}

/** Teams that have a schedule. */
export async function readScheduledTeams(db: Queryable): Promise<ScheduledTeam[]> {
  const { rows } = await db.query<ScheduledTeam>({
    name: 'handover-teams',
    text: `select t.team_id as "teamId", t.time_zone as "timeZone", s.version from teams t
      cross join lateral (select version from team_schedules s where s.team_id = t.team_id order by version desc limit 1) s order by t.team_id`,
  });
  return rows;
}

/** False where somebody has handed it over, or does so now. */
export async function claimHandover(tx: Queryable, teamId: string, shiftAt: number, now: number): Promise<boolean> {
  const { rowCount } = await tx.query({
    name: 'handover-claim',
    text: 'insert into handovers (team_id, shift_at, created_at) values ($1, $2, $3) on conflict do nothing',
    values: [teamId, shiftAt, now],
  });
  return rowCount === 1;
}

export interface UnreachedMember {
  readonly teamId: string;
  readonly memberId: string;
  readonly subject: NotificationSubject;
  /** None of which will carry it any more. */
  readonly tried: readonly string[];
}

/** To whom every attempt at a handover planned since `since` (epoch ms) has failed for good. */
export async function readUnreachedMembers(db: Queryable, since: number, limit: number): Promise<UnreachedMember[]> {
  const { rows } = await db.query<UnreachedMember>({
    name: 'handover-unreached',
    text: `select team_id as "teamId", member_id as "memberId", subject, array_agg(contact_id) as tried
      from notifications where kind = 'handover' and created_at >= $1 and member_id is not null
      group by team_id, member_id, subject having bool_and(status = 'failed' or (status = 'skipped' and last_failure in ('contact_removed', 'unknown_channel')))
      limit $2`,
    values: [since, limit],
  });
  return rows.map(dropNulls);
}
