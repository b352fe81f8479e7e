// Symptoms that a patient, a carer or a member of the team reported.
import Type from 'typebox';
import { SYMPTOM_CODES } from '../../domain/care/symptom.ts';
import { invalid } from '../../storage/registry/refusal.ts';
import { addSymptom, listSymptoms, type Symptom } from '../../storage/registry/symptoms.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { formatInstant, parseInstant } from '../instant.ts';
import { pageOfAll } from '../page-cursor.ts';
import { callerOf, patientOf } from '../route-access.ts';
import { InstantIn, InstantOut, Lines, PAGE_QUERY, Page, PatientParams, Strict, Uuid } from '../wire.ts';

/** A little ahead: whoever reports it reads another clock. */
const AHEAD_MS = 5 * 60_000;
const CodeWire = Type.Enum([...SYMPTOM_CODES]);
const SymptomWire = Type.Object({
  symptomId: Uuid,
  at: InstantOut,
  code: CodeWire,
  note: Type.Optional(Type.String()),
});
const toWire = (symptom: Symptom) => ({ ...symptom, at: formatInstant(symptom.at) });

export const symptomRoutes: ApiRoutes =
  ({ db, vault, now }) =>
  async (server) => {
    const tags = ['care'];

    server.post(
      '/patients/:patientId/symptoms',
      {
        config: { access: { permission: 'acknowledge', over: 'patient' } },
        schema: {
          tags,
          params: PatientParams,
          body: Strict({
            at: InstantIn,
            code: CodeWire,
            note: Type.Optional(Lines(2000)),
          }),
          response: { 201: SymptomWire },
        },
      },
      async (request, reply) => {
        const at = parseInstant(request.body.at, 'at');
        if (at > now() + AHEAD_MS) throw invalid('at', 'at must not lie in the future.');
        const symptom = { ...request.body, at };
        const added = await addSymptom(db, vault, patientOf(request), symptom, callerOf(request).userId, now());
        return reply.code(201).send(toWire(added));
      },
    );

    server.get(
      '/patients/:patientId/symptoms',
      {
        config: { access: { permission: 'read', over: 'patient', opens: 'care' } },
        schema: {
          tags,
          params: PatientParams,
          querystring: Strict(PAGE_QUERY),
          response: { 200: Page(SymptomWire) },
        },
      },
      async (request) =>
        pageOfAll(
          await listSymptoms(db, vault, patientOf(request).patientKey),
          request.query,
          ({ symptomId }) => symptomId,
          toWire,
        ),
    );
  };
