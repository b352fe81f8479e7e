// Who is in a scene's team, when they are on call and how the team wants to be told: written as the API writes it.
import type { AlertingSettings } from '../../domain/alerts/alerting-settings.ts';
import type { ChannelConfig } from '../../runtime/channel-config.ts';
import { openKysely } from '../../storage/database.ts';
import { addMember, changeMember, type NewMember } from '../../storage/registry/members.ts';
import { putAlertingSettings } from '../../storage/registry/team-alerting.ts';
import { putSchedule, type Schedule } from '../../storage/registry/team-schedules.ts';
import { openVault } from '../../storage/registry/vault.ts';
import type { Scene } from './alerting-scene.ts';

export interface SceneTeam {
  /** Answers the member's id. */
  join(member: NewMember): Promise<string>;
  /** In place of those that there were. */
  reach(memberId: string, contacts: NewMember['contacts']): Promise<void>;
  plan(schedule: Schedule): Promise<void>;
  configure(settings: AlertingSettings): Promise<void>;
}

export interface SceneTeamOptions {
  /** Absent: the scene's. */
  readonly teamId?: string;
  /** As the scene has them. */
  readonly channels?: ChannelConfig;
}

export async function openSceneTeam(
  scene: Scene,
  { teamId = scene.teamId, channels }: SceneTeamOptions = {},
): Promise<SceneTeam> {
  const { userId } = scene;
  const db = openKysely(scene.database.pool);
  const vault = await openVault(db, scene.processSettings().encryptionKeyFile);
  const deps = { vault, plainHttpHosts: ['127.0.0.1'], channels };
  return {
    join: async (member) => (await addMember(db, deps, teamId, member, userId)).memberId,
    async reach(memberId, contacts) {
      await changeMember(db, deps, teamId, memberId, { contacts }, userId);
    },
    async plan(schedule) {
      await putSchedule(db, teamId, schedule, userId);
    },
    async configure(settings) {
      await putAlertingSettings(db, teamId, settings, userId);
    },
  };
}
