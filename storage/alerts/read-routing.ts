// All that has to be known to say who gets an alert now, in one statement: the team with its members, contacts and schedule, how it wants
// to be told, the teams of the organisation behind it, and how the patient and their carers are reached. Addresses stay sealed.
import type { AlertingSettings } from '../../domain/alerts/alerting-settings.ts';
import type { RoutedContact, RoutedMember, RoutedTeam, Routing } from '../../domain/alerts/route-step.ts';
import type { OnCallPlan } from '../../domain/on-call/on-call-schedule.ts';
import { dropNulls } from './drop-nulls.ts';
import type { Queryable } from './queryable.ts';

export interface TeamRouting extends Routing {
  readonly settings: AlertingSettings;
  /** Version of the settings; 0: the defaults. */
  readonly settingsVersion: number;
  /** IANA, of the team. */
  readonly timeZone: string;
}

interface TeamRow {
  readonly teamId: string;
  readonly timeZone: string;
  readonly schedule: (OnCallPlan & { readonly timeZone?: string | undefined }) | null;
  readonly members: readonly RoutedMember[];
}

interface Row {
  readonly team: TeamRow | null;
  readonly settings: AlertingSettings | null;
  readonly settingsVersion: number | null;
  readonly backing: readonly TeamRow[];
  readonly outside: readonly (RoutedContact & { readonly relation: 'self' | 'carer' })[];
}

const MEMBERS = `coalesce((
  select json_agg(json_build_object('memberId', m.member_id, 'userId', m.user_id, 'role', m.role, 'contacts', coalesce((
      select json_agg(json_build_object('contactId', c.contact_id, 'channel', c.channel, 'verified', c.verified_at is not null)
               order by c.position, c.contact_id)
      from member_contacts c where c.member_id = m.member_id and c.removed_at is null), '[]')) order by m.created_at, m.member_id)
  from members m where m.team_id = t.team_id and m.left_at is null), '[]')`;
const TEAM = `json_build_object('teamId', t.team_id, 'timeZone', t.time_zone, 'members', ${MEMBERS}, 'schedule', (
  select s.schedule from team_schedules s where s.team_id = t.team_id order by s.version desc limit 1))`;
const READ = `
  select (select ${TEAM} from teams t where t.team_id = $1) as team, a.settings, a.version as "settingsVersion",
    coalesce((
      select json_agg(${TEAM} order by t.created_at, t.team_id) from teams own join teams t on t.organisation_id = own.backing_organisation_id
      where own.team_id = $1 and t.team_id <> own.team_id), '[]') as backing,
    coalesce((
      select json_agg(json_build_object('contactId', c.contact_id, 'relation', c.relation, 'channel', c.channel,
               'verified', c.consent_at is not null and c.consent_withdrawn_at is null) order by c.position, c.contact_id)
      from patient_contacts c where c.patient_key = $2 and c.to_at is null), '[]') as outside
  from (select 1) as one left join lateral (
    select settings, version from team_alerting where team_id = $1 order by version desc limit 1) a on true`;

export interface RoutingQuestion {
  /** Absent while nobody is responsible. */
  readonly teamId?: string | undefined;
  /** Absent: nobody in particular. */
  readonly patientKey?: number | undefined;
}

export async function readRouting(db: Queryable, { teamId, patientKey }: RoutingQuestion): Promise<TeamRouting> {
  const { rows } = await db.query<Row>({
    name: 'alert-routing',
    text: READ,
    values: [teamId ?? null, patientKey ?? null],
  });
  const { team, settings, settingsVersion, backing, outside } = rows[0]!;
  return {
    settings: settings ?? {},
    settingsVersion: settingsVersion ?? 0,
    timeZone: team?.timeZone ?? 'Asia/Shanghai',
    team: team === null ? undefined : toTeam(team),
    backing: backing.map(toTeam),
    patient: outside.filter(({ relation }) => relation === 'self'),
    carers: outside.filter(({ relation }) => relation === 'carer'),
  };
}

function toTeam({ teamId, timeZone, schedule, members }: TeamRow): RoutedTeam {
  return {
    teamId,
    schedule: schedule === null ? undefined : { ...schedule, timeZone: schedule.timeZone ?? timeZone },
    members: members.map(dropNulls),
  };
}
