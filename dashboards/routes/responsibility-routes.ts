// Which team is responsible for a patient: from now on, with the history kept. An open alert moves along.
import Type from 'typebox';
import { mayInTeam } from '../../storage/registry/access.ts';
import { invalid } from '../../storage/registry/refusal.ts';
import { assignTeam, listResponsibilities, type Responsibility } from '../../storage/registry/responsibilities.ts';
import { listTeams } from '../../storage/registry/teams.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { formatInstant, formatOptionalInstant } from '../instant.ts';
import { callerOf, patientOf } from '../route-access.ts';
import { InstantOut, PatientParams, Strict, Uuid } from '../wire.ts';

const ResponsibilityWire = Type.Object({ teamId: Uuid, from: InstantOut, to: Type.Optional(InstantOut) });
const HistoryWire = Type.Object({ teamId: Uuid, history: Type.Array(ResponsibilityWire) });

function toWire(history: readonly Responsibility[]) {
  const items = history.map(({ teamId, from, to }) => ({
    teamId,
    from: formatInstant(from),
    to: formatOptionalInstant(to),
  }));
  return { teamId: history[0]?.teamId ?? '', history: items };
}

export const responsibilityRoutes: ApiRoutes =
  ({ db, now }) =>
  async (server) => {
    const tags = ['patients'];

    server.put(
      '/patients/:patientId/responsibility',
      {
        config: { access: { permission: 'treat', over: 'patient' } },
        schema: {
          tags,
          description: 'Needs the permission to treat in both teams.',
          params: PatientParams,
          body: Strict({ teamId: Uuid }),
          response: { 200: HistoryWire },
        },
      },
      async (request) => {
        const patient = patientOf(request);
        const { access, userId } = callerOf(request);
        const { teamId } = request.body;
        if (!mayInTeam(access, 'treat', teamId) || (await listTeams(db, [teamId])).length === 0)
          throw invalid('teamId', 'There is no such team to which you may hand over a patient.');
        await assignTeam(db, patient, teamId, userId, now());
        return toWire(await listResponsibilities(db, patient.patientKey));
      },
    );

    server.get(
      '/patients/:patientId/responsibility',
      {
        config: { access: { permission: 'read', over: 'patient', opens: 'profile' } },
        schema: { tags, params: PatientParams, response: { 200: HistoryWire } },
      },
      async (request) => toWire(await listResponsibilities(db, patientOf(request).patientKey)),
    );
  };
