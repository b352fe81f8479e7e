// Who is on call when, as the team plans it. It is kept and checked; alerts don't go by it yet: every member is told.
import Type from 'typebox';
import { notFound } from '../../storage/registry/refusal.ts';
import { putSchedule, readSchedule, type ScheduleVersion } from '../../storage/registry/team-schedules.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { formatInstant } from '../instant.ts';
import { callerOf } from '../route-access.ts';
import { InstantOut, Strict, TeamParams, Text, TimeZone, Uuid } from '../wire.ts';

const LocalTime = Type.String({ format: 'local-time' });
const Shift = Strict({
  name: Type.Optional(Text(100)),
  memberIds: Type.Array(Uuid, { minItems: 1, maxItems: 100 }),
  from: LocalTime,
  to: LocalTime,
  rrule: Type.Optional(
    Type.String({
      format: 'recurrence',
      maxLength: 500,
      description: 'RFC 5545, e.g. FREQ=WEEKLY;BYDAY=MO,WE; absent: once',
    }),
  ),
});
const SCHEDULE = { timeZone: Type.Optional(TimeZone), shifts: Type.Array(Shift, { maxItems: 500 }) };
const ScheduleWire = Type.Object({ ...SCHEDULE, teamId: Uuid, version: Type.Integer(), createdAt: InstantOut });

const toWire = ({ shifts, ...rest }: ScheduleVersion) => ({
  ...rest,
  shifts: shifts.map((shift) => ({ ...shift, memberIds: [...shift.memberIds] })),
  createdAt: formatInstant(rest.createdAt),
});

export const scheduleRoutes: ApiRoutes =
  ({ db }) =>
  async (server) => {
    const tags = ['teams'];

    server.put(
      '/teams/:teamId/schedule',
      {
        config: { access: { permission: 'configure', over: 'team' } },
        schema: {
          tags,
          description:
            'Each is a new version; the former ones are kept. Alerts don’t go by it yet: every member of the team is told.',
          params: TeamParams,
          body: Strict(SCHEDULE),
          response: { 200: ScheduleWire },
        },
      },
      async (request) => {
        const { userId } = callerOf(request);
        return toWire(await putSchedule(db, request.params.teamId, request.body, userId));
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
        return toWire(schedule);
      },
    );
  };
