// What is or was wrong with a team's devices as a whole.
import Type from 'typebox';
import { listIncidents, type TeamIncident } from '../../storage/alerts/list-incidents.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { formatInstant, formatOptionalInstant } from '../instant.ts';
import { DEFAULT_LIMIT, InstantPosition, readCursor, toPage } from '../page-cursor.ts';
import { InstantOut, PAGE_QUERY, Page, Strict, TeamParams, Uuid } from '../wire.ts';

const Position = Type.Object({ openedAt: InstantPosition, incidentId: Uuid });
const IncidentWire = Type.Object({
  incidentId: Uuid,
  kind: Type.String(),
  openedAt: InstantOut,
  closedAt: Type.Optional(Type.String({ format: 'date-time', description: 'Absent while it lasts.' })),
  detail: Type.Record(Type.String(), Type.Unknown()),
});

export const incidentRoutes: ApiRoutes =
  ({ storage: { pool } }) =>
  async (server) => {
    server.get(
      '/teams/:teamId/incidents',
      {
        config: { access: { permission: 'read', over: 'team' } },
        schema: {
          tags: ['teams'],
          description: 'Newest first. While a fleet_outage lasts, silence of devices is told as this, once.',
          params: TeamParams,
          querystring: Strict(PAGE_QUERY),
          response: { 200: Page(IncidentWire) },
        },
      },
      async (request) => {
        const { limit = DEFAULT_LIMIT, cursor } = request.query;
        const { teamId } = request.params;
        const after = readCursor(cursor, Position);
        const incidents = await listIncidents(pool, { teamId, after, limit: limit + 1 });
        return toPage(incidents, limit, ({ openedAt, incidentId }) => ({ openedAt, incidentId }), toWire);
      },
    );
  };

const toWire = ({ openedAt, closedAt, ...rest }: TeamIncident) => ({
  ...rest,
  openedAt: formatInstant(openedAt),
  closedAt: formatOptionalInstant(closedAt),
});
