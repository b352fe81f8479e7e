// What a patient takes. An absent treatment is unknown, not "none" (clinical.md §7).
import Type from 'typebox';
import { TREATMENT_CLASSES } from '../../domain/care/treatment.ts';
import { notFound } from '../../storage/registry/refusal.ts';
import { addTreatment, changeTreatment, listTreatments, type Treatment } from '../../storage/registry/treatments.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { formatInstant, formatOptionalInstant, parseInstant, parseOptionalInstant } from '../instant.ts';
import { pageOfAll } from '../page-cursor.ts';
import { patientOf } from '../route-access.ts';
import { InstantIn, InstantOut, OrNull, PAGE_QUERY, Page, PatientParams, Strict, Text, Uuid } from '../wire.ts';

const ClassWire = Type.Enum([...TREATMENT_CLASSES]);
const TreatmentWire = Type.Object({
  treatmentId: Uuid,
  class: ClassWire,
  name: Type.String(),
  from: InstantOut,
  to: Type.Optional(InstantOut),
});
const toWire = (treatment: Treatment) => ({
  ...treatment,
  from: formatInstant(treatment.from),
  to: formatOptionalInstant(treatment.to),
});

export const treatmentRoutes: ApiRoutes =
  ({ db, now }) =>
  async (server) => {
    const tags = ['care'];

    server.post(
      '/patients/:patientId/treatments',
      {
        config: { access: { permission: 'treat', over: 'patient' } },
        schema: {
          tags,
          description: 'A combination is entered once per class it holds: rules ask for insulin and sulfonylurea.',
          params: PatientParams,
          body: Strict({
            class: ClassWire,
            name: Text(200),
            from: InstantIn,
            to: Type.Optional(InstantIn),
          }),
          response: { 201: TreatmentWire },
        },
      },
      async (request, reply) => {
        const from = parseInstant(request.body.from, 'from');
        const to = parseOptionalInstant(request.body.to, 'to');
        const treatment = await addTreatment(db, patientOf(request), { ...request.body, from, to }, now());
        return reply.code(201).send(toWire(treatment));
      },
    );

    server.get(
      '/patients/:patientId/treatments',
      {
        config: { access: { permission: 'read', over: 'patient', opens: 'care' } },
        schema: {
          tags,
          params: PatientParams,
          querystring: Strict(PAGE_QUERY),
          response: { 200: Page(TreatmentWire) },
        },
      },
      async (request) =>
        pageOfAll(
          await listTreatments(db, patientOf(request).patientKey),
          request.query,
          ({ treatmentId }) => treatmentId,
          toWire,
        ),
    );

    server.patch(
      '/patients/:patientId/treatments/:treatmentId',
      {
        config: { access: { permission: 'treat', over: 'patient' } },
        schema: {
          tags,
          description: 'Ends a treatment (to), or corrects what was entered; a null `to` lets it go on.',
          params: Strict({ patientId: Uuid, treatmentId: Uuid }),
          body: Strict({
            class: Type.Optional(ClassWire),
            name: Type.Optional(Text(200)),
            from: Type.Optional(InstantIn),
            to: Type.Optional(OrNull(InstantIn)),
          }),
          response: { 200: TreatmentWire },
        },
      },
      async (request) => {
        const { from, to, ...rest } = request.body;
        const change = {
          ...rest,
          from: parseOptionalInstant(from, 'from'),
          to: to === null ? null : parseOptionalInstant(to, 'to'),
        };
        const changed = await changeTreatment(db, patientOf(request), request.params.treatmentId, change, now());
        if (!changed) throw notFound('treatment');
        return toWire(changed);
      },
    );
  };
