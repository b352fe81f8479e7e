// Care teams: where they belong, who backs them, and in which time zone they work.
import type { Kysely } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Backing } from '../../domain/alerts/backing-problem.ts';
import type { Database } from '../database-schema.ts';
import { recordChange } from './registry-changes.ts';

export interface NewTeam {
  readonly name: string;
  /** IANA. */
  readonly timeZone?: string | undefined;
  readonly organisationId?: string | undefined;
  /** A hospital that helps out: its people may read this team's patients and handle their alerts. */
  readonly backingOrganisationId?: string | undefined;
}

export interface Team extends NewTeam {
  readonly teamId: string;
  readonly timeZone: string;
  readonly createdAt: number;
}

/** null removes. */
export interface TeamChange {
  readonly name?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly organisationId?: string | null | undefined;
  readonly backingOrganisationId?: string | null | undefined;
}

const COLUMNS = ['team_id', 'name', 'time_zone', 'organisation_id', 'backing_organisation_id', 'created_at'] as const;

export async function createTeam(db: Kysely<Database>, team: NewTeam): Promise<Team> {
  return db.transaction().execute(async (tx) => {
    const row = await tx
      .insertInto('teams')
      .values({
        team_id: uuidv7(),
        name: team.name,
        ...(team.timeZone === undefined ? {} : { time_zone: team.timeZone }),
        organisation_id: team.organisationId ?? null,
        backing_organisation_id: team.backingOrganisationId ?? null,
      })
      .returning(COLUMNS)
      .executeTakeFirstOrThrow();
    await recordChange(tx, 'team', row.team_id);
    return toTeam(row);
  });
}

export async function changeTeam(db: Kysely<Database>, teamId: string, change: TeamChange): Promise<Team> {
  return db.transaction().execute(async (tx) => {
    const row = await tx
      .updateTable('teams')
      .set({
        team_id: teamId,
        ...(change.name === undefined ? {} : { name: change.name }),
        ...(change.timeZone === undefined ? {} : { time_zone: change.timeZone }),
        ...(change.organisationId === undefined ? {} : { organisation_id: change.organisationId }),
        ...(change.backingOrganisationId === undefined
          ? {}
          : { backing_organisation_id: change.backingOrganisationId }),
      })
      .where('team_id', '=', teamId)
      .returning(COLUMNS)
      .executeTakeFirstOrThrow();
    await recordChange(tx, 'team', teamId);
    return toTeam(row);
  });
}

/** `ids` undefined: all. In ascending id. */
export async function listTeams(
  db: Kysely<Database>,
  ids: readonly string[] | undefined,
  after?: string | undefined,
  limit = 1,
): Promise<Team[]> {
  if (ids?.length === 0) return [];
  let query = db.selectFrom('teams').select(COLUMNS).orderBy('team_id').limit(limit);
  if (ids !== undefined) query = query.where('team_id', 'in', ids);
  if (after !== undefined) query = query.where('team_id', '>', after);
  return (await query.execute()).map(toTeam);
}

/** Which organisations stand behind which, each pair once, by all teams but one. */
export async function readBackings(db: Kysely<Database>, exceptTeamId?: string | undefined): Promise<Backing[]> {
  let query = db
    .selectFrom('teams')
    .select(['organisation_id', 'backing_organisation_id'])
    .distinct()
    .where('organisation_id', 'is not', null)
    .where('backing_organisation_id', 'is not', null);
  if (exceptTeamId !== undefined) query = query.where('team_id', '<>', exceptTeamId);
  return (await query.execute()).map((row) => ({
    organisationId: row.organisation_id ?? undefined,
    backingOrganisationId: row.backing_organisation_id ?? undefined,
  }));
}

interface TeamRow {
  team_id: string;
  name: string;
  time_zone: string;
  organisation_id: string | null;
  backing_organisation_id: string | null;
  created_at: Date;
}

function toTeam(row: TeamRow): Team {
  return {
    teamId: row.team_id,
    name: row.name,
    timeZone: row.time_zone,
    organisationId: row.organisation_id ?? undefined,
    backingOrganisationId: row.backing_organisation_id ?? undefined,
    createdAt: row.created_at.getTime(),
  };
}
