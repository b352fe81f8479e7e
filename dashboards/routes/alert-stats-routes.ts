// What a team's alerts were like: how soon somebody had them, how many there were, how many were worth it.
import Type from 'typebox';
import { alertFigures } from '../../domain/alerts/alert-figures.ts';
import { alertsPerShift } from '../../domain/alerts/alerts-per-shift.ts';
import { LONGEST_RANGE_DAYS } from '../../domain/on-call/on-call.ts';
import { MOST_FACTS, readAlertFacts, readPatientWeeks } from '../../storage/alerts/read-alert-facts.ts';
import { mayInTeam } from '../../storage/registry/access.ts';
import { readOnCallTeam } from '../../storage/registry/on-call-team.ts';
import { invalid, notFound } from '../../storage/registry/refusal.ts';
import { AlertStatsWire, toAlertStatsWire } from '../alert-stats-wire.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { checkedWindow } from '../asked-window.ts';
import { parseOptionalInstant } from '../instant.ts';
import { callerOf } from '../route-access.ts';
import { InstantIn, Strict, TeamParams } from '../wire.ts';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 28;

export const alertStatsRoutes: ApiRoutes =
  ({ db, storage: { pool }, now }) =>
  async (server) => {
    server.get(
      '/teams/:teamId/alert-stats',
      {
        config: { access: { permission: 'read', over: 'team' } },
        schema: {
          tags: ['teams'],
          description:
            'Of alerts that were opened in the window (the last 28 days, where absent; 400 at most, and not beyond now) and are the team’s now.',
          params: TeamParams,
          querystring: Strict({ from: Type.Optional(InstantIn), to: Type.Optional(InstantIn) }),
          response: { 200: AlertStatsWire },
        },
      },
      async (request) => {
        const { teamId } = request.params;
        const window = askedTime(request.query, now());
        const team = await readOnCallTeam(db, teamId);
        if (!team) throw notFound('team');
        const facts = await readAlertFacts(pool, { teamId, ...window });
        if (!facts)
          throw invalid('from', `There are more than ${MOST_FACTS} alerts in this time: ask for a shorter one.`);
        const counted = facts.filter(({ isTest, isRetrospective }) => !isTest && !isRetrospective);
        const { access, userId } = callerOf(request);
        return toAlertStatsWire({
          teamId,
          ...window,
          figures: alertFigures(facts),
          patientWeeks: await readPatientWeeks(pool, { teamId, ...window }),
          shifts: team.schedule && alertsPerShift(team.schedule, window, counted),
          members: team.members,
          // How fast a colleague is is between them and whoever leads the team.
          onlyUserId: mayInTeam(access, 'configure', teamId) ? undefined : userId,
        });
      },
    );
  };

interface AskedTime {
  readonly from?: string | number | undefined;
  readonly to?: string | number | undefined;
}

/** Throws Refusal `invalid`. */
function askedTime(query: AskedTime, now: number) {
  const to = Math.min(parseOptionalInstant(query.to, 'to') ?? now, now);
  const from = parseOptionalInstant(query.from, 'from') ?? to - DEFAULT_DAYS * DAY_MS;
  if (to - from > LONGEST_RANGE_DAYS * DAY_MS)
    throw invalid('from', `The window is too long: ${LONGEST_RANGE_DAYS} days at most.`);
  return checkedWindow(from, to);
}
