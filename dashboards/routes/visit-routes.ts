// Visits that took place: the date of the next one is counted from them.
import Type from 'typebox';
import { invalid } from '../../storage/registry/refusal.ts';
import { addVisit, listVisits, type Visit } from '../../storage/registry/visits.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { formatInstant, parseInstant } from '../instant.ts';
import { pageOfAll } from '../page-cursor.ts';
import { callerOf, patientOf } from '../route-access.ts';
import { InstantIn, InstantOut, PAGE_QUERY, Page, PatientParams, Strict, Uuid } from '../wire.ts';

const DETAILS = {
  controlled: Type.Optional(Type.Boolean()),
  drugReaction: Type.Optional(Type.Boolean()),
  newComplication: Type.Optional(Type.Boolean()),
  emergency: Type.Optional(Type.Boolean()),
};
const Kind = Type.Enum(['clinic', 'home', 'phone', 'video', 'hospital']);
const VisitWire = Type.Object({ visitId: Uuid, at: InstantOut, kind: Type.String(), details: Type.Object(DETAILS) });
const toWire = (visit: Visit) => ({ ...visit, at: formatInstant(visit.at) });

export const visitRoutes: ApiRoutes =
  ({ db, now }) =>
  async (server) => {
    const tags = ['care'];

    server.post(
      '/patients/:patientId/visits',
      {
        config: { access: { permission: 'acknowledge', over: 'patient' } },
        schema: {
          tags,
          params: PatientParams,
          body: Strict({ at: InstantIn, kind: Kind, details: Type.Optional(Strict(DETAILS)) }),
          response: { 201: VisitWire },
        },
      },
      async (request, reply) => {
        const { kind, details = {} } = request.body;
        const at = parseInstant(request.body.at, 'at');
        if (at > now()) throw invalid('at', 'at must not lie in the future: this records a visit that took place.');
        const visit = await addVisit(db, patientOf(request), { at, kind, details }, callerOf(request).userId, now());
        return reply.code(201).send(toWire(visit));
      },
    );

    server.get(
      '/patients/:patientId/visits',
      {
        config: { access: { permission: 'read', over: 'patient', opens: 'care' } },
        schema: {
          tags,
          params: PatientParams,
          querystring: Strict(PAGE_QUERY),
          response: { 200: Page(VisitWire) },
        },
      },
      async (request) =>
        pageOfAll(await listVisits(db, patientOf(request).patientKey), request.query, ({ visitId }) => visitId, toWire),
    );
  };
