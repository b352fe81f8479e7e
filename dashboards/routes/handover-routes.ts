// What a team hands over from one shift to the next.
import Type from 'typebox';
import { readHandover } from '../../storage/alerts/read-handover.ts';
import { readOnCallTeam } from '../../storage/registry/on-call-team.ts';
import { invalid, notFound } from '../../storage/registry/refusal.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { HandoverWire, handoverWindow, toHandoverWire } from '../handover-wire.ts';
import { parseOptionalInstant } from '../instant.ts';
import { callerOf } from '../route-access.ts';
import { InstantIn, Strict, TeamParams } from '../wire.ts';

const DAY_MS = 86_400_000;
/** Of another week there is nothing to hand over. */
const FURTHEST_DAYS = 7;

export const handoverRoutes: ApiRoutes =
  ({ db, storage: { pool }, audit, now }) =>
  async (server) => {
    server.get(
      '/teams/:teamId/handover',
      {
        config: { access: { permission: 'read', over: 'team' } },
        schema: {
          tags: ['teams'],
          description:
            'What whoever is on call at `at` (now, where absent) has to know: shift, snoozes and what has happened are as of then, alerts and patients to watch as they are now.',
          params: TeamParams,
          querystring: Strict({ at: Type.Optional(InstantIn) }),
          response: { 200: HandoverWire },
        },
      },
      async (request) => {
        const { teamId } = request.params;
        const at = parseOptionalInstant(request.query.at, 'at') ?? now();
        if (Math.abs(at - now()) > FURTHEST_DAYS * DAY_MS)
          throw invalid('at', `at lies too far away: at most ${FURTHEST_DAYS} days before or after now.`);
        const team = await readOnCallTeam(db, teamId);
        if (!team) throw notFound('team');
        const window = handoverWindow(team, at);
        const handover = await readHandover(pool, { teamId, at, since: window.since, until: window.until });
        const shown = [...handover.alerts, ...handover.snoozesEnding, ...handover.watched];
        await audit.addOpenings(
          callerOf(request),
          [...new Set(shown.map(({ patientKey }) => patientKey))],
          'alerts',
          now(),
        );
        return toHandoverWire({ teamId, at }, team, window, handover);
      },
    );
  };
