// How a team wants to be told: who is asked for what, when, and what waits.
import Type from 'typebox';
import { backingProblem } from '../../domain/alerts/backing-problem.ts';
import { checkAlertingSettings } from '../../domain/alerts/check-alerting-settings.ts';
import type { StepRules } from '../../domain/alerts/check-escalation-steps.ts';
import { lintAlerting } from '../../domain/alerts/lint-alerting.ts';
import { readReach } from '../../storage/alerts/dead-contacts.ts';
import { readRouting } from '../../storage/alerts/read-routing.ts';
import { offeredChannels } from '../../storage/registry/contact-channels.ts';
import { readMemberNames } from '../../storage/registry/members.ts';
import { notFound } from '../../storage/registry/refusal.ts';
import { MEMBER_ROLES } from '../../storage/registry/role-permissions.ts';
import { putAlertingSettings, readAlertingSettings } from '../../storage/registry/team-alerting.ts';
import { listTeams, readBackings } from '../../storage/registry/teams.ts';
import { AlertingFindingWire, toAlertingFindingWire } from '../alerting-finding-wire.ts';
import { ALERTING_SETTINGS, AlertingSettingsWire, toAlertingSettingsWire } from '../alerting-settings-wire.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { formatInstant } from '../instant.ts';
import { callerOf } from '../route-access.ts';
import type { DashboardsServices } from '../services.ts';
import { InvalidRequest } from '../validate-request.ts';
import { InstantOut, Strict, TeamParams } from '../wire.ts';

const DAY_MS = 86_400_000;

export const teamAlertingRoutes: ApiRoutes = (services) => async (server) => {
  const { db, storage, config, now } = services;
  const tags = ['teams'];

  server.get(
    '/teams/:teamId/alerting',
    {
      config: { access: { permission: 'read', over: 'team' } },
      schema: {
        tags,
        description: 'What the team has written, and what holds for it with where that comes from.',
        params: TeamParams,
        response: { 200: AlertingSettingsWire },
      },
    },
    async (request) => {
      const { teamId } = request.params;
      return toAlertingSettingsWire(teamId, await readAlertingSettings(db, teamId));
    },
  );

  server.get(
    '/teams/:teamId/alerting/findings',
    {
      config: { access: { permission: 'read', over: 'team' } },
      schema: {
        tags,
        description:
          'What the team has to mend so that it can be reached: members and contacts as they are now, steps of its policies that reach nobody now, and gaps, overlaps and absences of its schedule within the coming days. It is told to nobody else.',
        params: TeamParams,
        querystring: Strict({ days: Type.Optional(Type.Integer({ minimum: 1, maximum: 92, default: 30 })) }),
        response: { 200: Type.Object({ from: InstantOut, to: InstantOut, findings: Type.Array(AlertingFindingWire) }) },
      },
    },
    async (request) => {
      const { teamId } = request.params;
      const { days = 30 } = request.query;
      const at = now();
      const { settings, ...routing } = await readReach(storage.pool, { teamId });
      const offered = new Set(offeredChannels(config.channels));
      const findings = lintAlerting({ routing, settings, at, days, hasChannel: (channel) => offered.has(channel) });
      const names = await readMemberNames(db, teamId);
      return {
        from: formatInstant(at),
        to: formatInstant(at + days * DAY_MS),
        findings: findings.map((finding) => toAlertingFindingWire(finding, names)),
      };
    },
  );

  server.put(
    '/teams/:teamId/alerting',
    {
      config: { access: { permission: 'configure', over: 'team' } },
      schema: {
        tags,
        description:
          'Takes the place of all that the team has written; each is a new version, the former ones are kept. What is left out the defaults say, and nothing in here makes an urgent alert silent. An alert that is being told goes on by the policy it began with.',
        params: TeamParams,
        body: Strict(ALERTING_SETTINGS),
        response: { 200: AlertingSettingsWire },
      },
    },
    async (request) => {
      const { teamId } = request.params;
      const problems = checkAlertingSettings(request.body, await readRules(services, teamId));
      if (problems.length > 0) throw new InvalidRequest(problems);
      const { userId } = callerOf(request);
      return toAlertingSettingsWire(teamId, await putAlertingSettings(db, teamId, request.body, userId));
    },
  );
};

async function readRules({ db, storage, config }: DashboardsServices, teamId: string): Promise<StepRules> {
  const [team] = await listTeams(db, [teamId]);
  if (!team) throw notFound('team');
  const routing = await readRouting(storage.pool, { teamId });
  const missing = 'The team has no organisation behind it: give it a backingOrganisationId first.';
  return {
    roles: MEMBER_ROLES,
    memberIds: routing.team?.members.map(({ memberId }) => memberId) ?? [],
    channels: offeredChannels(config.channels),
    backingProblem:
      team.backingOrganisationId === undefined ? missing : backingProblem(team, await readBackings(db, teamId)),
  };
}
