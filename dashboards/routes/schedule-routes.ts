// Who is on call when, as the team plans it.
import Type from 'typebox';
import { checkSchedule } from '../../domain/on-call/check-schedule.ts';
import { endCounts } from '../../domain/on-call/end-counts.ts';
import { lintSchedule } from '../../domain/on-call/lint-schedule.ts';
import { onCallAt } from '../../domain/on-call/on-call.ts';
import { mayInTeam } from '../../storage/registry/access.ts';
import { type OnCallTeam, readOnCallTeam } from '../../storage/registry/on-call-team.ts';
import { invalid, notFound } from '../../storage/registry/refusal.ts';
import { putSchedule, readSchedule } from '../../storage/registry/team-schedules.ts';
import { listTeams } from '../../storage/registry/teams.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { formatInstant, parseOptionalInstant } from '../instant.ts';
import { callerOf } from '../route-access.ts';
import { FindingWire, SCHEDULE, ScheduleWire, toFindingWire, toScheduleWire } from '../schedule-wire.ts';
import { InvalidRequest } from '../validate-request.ts';
import { InstantIn, InstantOut, Strict, TeamParams, Uuid } from '../wire.ts';

const DAY_MS = 86_400_000;
/** A schedule says little of what is further away, and a recurrence has to be followed until there. */
const FURTHEST_DAYS = 400;

const InsteadOf = { insteadOf: Type.Optional(Uuid) };
const OnCallWire = Type.Object({
  teamId: Uuid,
  at: InstantOut,
  timeZone: Type.String(),
  basis: Type.Enum(['schedule', 'every_member'], { description: '`every_member`: the team has no schedule.' }),
  scheduleVersion: Type.Optional(Type.Integer()),
  gap: Type.Optional(
    Type.Enum(['no_shift', 'all_on_leave'], { description: 'Only where the schedule leaves nobody on call.' }),
  ),
  members: Type.Array(
    Type.Object({
      memberId: Uuid,
      name: Type.Optional(Type.String()),
      role: Type.Optional(Type.String()),
      present: Type.Boolean({ description: 'false: has left the team.' }),
      override: Type.Optional(Type.Integer({ description: 'Which of `overrides`, from 0.' })),
      shift: Type.Optional(Type.Integer({ description: 'Which of `shifts`, from 0.' })),
      layer: Type.Optional(Type.Integer()),
      swap: Type.Optional(Type.Object({ swap: Type.Integer(), ...InsteadOf })),
      leave: Type.Optional(Type.Object({ leaves: Type.Array(Type.Integer()), ...InsteadOf })),
    }),
    { description: 'In the order in which they are called, each with the reason.' },
  ),
});

export const scheduleRoutes: ApiRoutes =
  ({ db, now }) =>
  async (server) => {
    const tags = ['teams'];

    server.put(
      '/teams/:teamId/schedule',
      {
        config: { access: { permission: 'configure', over: 'team' } },
        schema: {
          tags,
          description:
            'Each is a new version; the former ones are kept. Times are the wall clock of the schedule’s zone, over clock changes too: one that doesn’t exist is the moment at which the clock jumps over it, one that exists twice the first of the two.',
          params: TeamParams,
          body: Strict(SCHEDULE),
          response: { 200: ScheduleWire },
        },
      },
      async (request) => {
        const { teamId } = request.params;
        const [team] = await listTeams(db, [teamId]);
        if (!team) throw notFound('team');
        const problems = checkSchedule({ ...request.body, timeZone: request.body.timeZone ?? team.timeZone });
        if (problems.length > 0) throw new InvalidRequest(problems);
        return toScheduleWire(await putSchedule(db, teamId, endCounts(request.body), callerOf(request).userId));
      },
    );

    server.get(
      '/teams/:teamId/schedule',
      {
        config: { access: { permission: 'read', over: 'team' } },
        schema: { tags, params: TeamParams, response: { 200: ScheduleWire } },
      },
      async (request) => {
        const schedule = await readSchedule(db, request.params.teamId);
        if (!schedule) throw notFound('schedule');
        return toScheduleWire(schedule);
      },
    );

    server.get(
      '/teams/:teamId/schedule/findings',
      {
        config: { access: { permission: 'read', over: 'team' } },
        schema: {
          tags,
          description:
            'What of the schedule needs mending within the coming days: gaps, overlaps within a layer, members who have left or have no verified contact beside the app.',
          params: TeamParams,
          querystring: Strict({ days: Type.Optional(Type.Integer({ minimum: 1, maximum: 92, default: 30 })) }),
          response: { 200: Type.Object({ from: InstantOut, to: InstantOut, findings: Type.Array(FindingWire) }) },
        },
      },
      async (request) => {
        const { days = 30 } = request.query;
        const team = await readOnCallTeam(db, request.params.teamId);
        if (!team?.schedule) throw notFound('schedule');
        const from = now();
        const present = team.members.filter((member) => member.present);
        const findings = lintSchedule(team.schedule, present, from, days);
        const to = from + days * DAY_MS;
        return { from: formatInstant(from), to: formatInstant(to), findings: findings.map(toFindingWire) };
      },
    );

    server.get(
      '/oncall',
      {
        config: { access: { permission: 'read', over: 'anything' } },
        schema: {
          tags,
          description:
            'Who is on call at `at` (now, where absent) by the team’s present schedule, and why; every member where it has none.',
          querystring: Strict({ teamId: Uuid, at: Type.Optional(InstantIn) }),
          response: { 200: OnCallWire },
        },
      },
      async (request) => {
        const { teamId } = request.query;
        if (!mayInTeam(callerOf(request).access, 'read', teamId)) throw notFound('team');
        const at = parseOptionalInstant(request.query.at, 'at') ?? now();
        if (Math.abs(at - now()) > FURTHEST_DAYS * DAY_MS)
          throw invalid('at', `at lies too far away: at most ${FURTHEST_DAYS} days before or after now.`);
        const team = await readOnCallTeam(db, teamId);
        if (!team) throw notFound('team');
        return { teamId, at: formatInstant(at), timeZone: team.timeZone, ...answer(team, at) };
      },
    );
  };

function answer({ schedule, members }: OnCallTeam, at: number) {
  if (!schedule) {
    const everyone = members.filter(({ present }) => present);
    return {
      basis: 'every_member' as const,
      members: everyone.map(({ memberId, name, role, present }) => ({ memberId, name, role, present })),
    };
  }
  const { members: onCall, gap } = onCallAt(schedule, at);
  const known = new Map(members.map((member) => [member.memberId, member]));
  return {
    basis: 'schedule' as const,
    scheduleVersion: schedule.version,
    gap,
    members: onCall.map(({ memberId, leave, ...why }) => {
      const { name, role, present = false } = known.get(memberId) ?? {};
      return { memberId, name, role, present, ...why, leave: leave && { ...leave, leaves: [...leave.leaves] } };
    }),
  };
}
