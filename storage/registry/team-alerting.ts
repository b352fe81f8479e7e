// How a team wants to be told, as it wrote it: every version is kept, the highest holds.
import { type Kysely, sql } from 'kysely';
import type { AlertingSettings } from '../../domain/alerts/alerting-settings.ts';
import type { Database } from '../database-schema.ts';
import { readMemberNames } from './members.ts';
import { invalid } from './refusal.ts';
import { recordChange } from './registry-changes.ts';

export interface AlertingSettingsVersion {
  readonly settings: AlertingSettings;
  /** 0: the team has none, and the defaults hold. */
  readonly version: number;
  readonly createdAt?: number | undefined;
}

/** `settings` are such that `checkAlertingSettings` finds nothing in them. Throws Refusal `invalid` for a member who is not in the team. */
export async function putAlertingSettings(
  db: Kysely<Database>,
  teamId: string,
  settings: AlertingSettings,
  createdBy: string,
): Promise<AlertingSettingsVersion> {
  return db.transaction().execute(async (tx) => {
    // Two who save at once get one version each.
    await tx.selectFrom('teams').select('team_id').where('team_id', '=', teamId).forUpdate().execute();
    await checkMembers(tx, teamId, settings);
    const row = await tx
      .insertInto('team_alerting')
      .values({
        team_id: teamId,
        version: sql<number>`(select coalesce(max(version), 0) + 1 from team_alerting where team_id = ${teamId})`,
        settings: JSON.stringify(settings),
        created_by: createdBy,
      })
      .returning(['version', 'created_at'])
      .executeTakeFirstOrThrow();
    await recordChange(tx, 'team', teamId);
    return { settings, version: row.version, createdAt: row.created_at.getTime() };
  });
}

export async function readAlertingSettings(db: Kysely<Database>, teamId: string): Promise<AlertingSettingsVersion> {
  const row = await db
    .selectFrom('team_alerting')
    .select(['version', 'settings', 'created_at'])
    .where('team_id', '=', teamId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row
    ? { settings: row.settings, version: row.version, createdAt: row.created_at.getTime() }
    : { settings: {}, version: 0 };
}

async function checkMembers(db: Kysely<Database>, teamId: string, { policies = [] }: AlertingSettings): Promise<void> {
  const present = await readMemberNames(db, teamId);
  for (const [i, { steps }] of policies.entries())
    for (const [j, { targets }] of steps.entries())
      for (const [k, { memberId }] of targets.entries())
        if (memberId !== undefined && !present.has(memberId))
          throw invalid(
            `policies/${i}/steps/${j}/targets/${k}/memberId`,
            'This is no present member of the team: name one, or a role, or on_call.',
          );
}
