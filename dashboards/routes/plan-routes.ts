// What was agreed with a patient: how they measure and how often they are seen (plan), and lines of their own (targets).
import Type, { type Static } from 'typebox';
import { type DatedDocument, holdingAt, putDocument, readDocuments } from '../../storage/registry/dated-documents.ts';
import type { TargetsDocument } from '../../storage/registry/read-rule-overrides.ts';
import { invalid } from '../../storage/registry/refusal.ts';
import { readTeamRules } from '../../storage/registry/team-rules.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { checkPatientThresholds } from '../check-thresholds.ts';
import { formatInstant, formatOptionalInstant, parseOptionalInstant } from '../instant.ts';
import { callerOf, patientOf } from '../route-access.ts';
import { Revision, Thresholds } from '../threshold-body.ts';
import { InstantIn, InstantOut, PatientParams, Strict } from '../wire.ts';

const PLAN = {
  cgmExpected: Type.Optional(Type.Boolean({ description: 'A CGM is worn: silence is told of.' })),
  glucoseSessionsPerWeek: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  bloodPressureSessionsPerWeek: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  visitIntervalMonths: Type.Optional(Type.Integer({ minimum: 1, maximum: 12 })),
};
const TARGETS = { thresholds: Thresholds };
const PERIOD_IN = { from: Type.Optional(InstantIn), to: Type.Optional(InstantIn) };
const PERIOD_OUT = { from: InstantOut, to: Type.Optional(InstantOut) };

const PlanOut = Type.Object({ ...PLAN, ...PERIOD_OUT });
const PlansOut = Type.Object({ present: Type.Optional(PlanOut), history: Type.Array(PlanOut) });
const TargetsOut = Type.Object({ ...TARGETS, ...PERIOD_OUT, revision: Type.Integer() });
const TargetsListOut = Type.Object({ present: Type.Optional(TargetsOut), history: Type.Array(TargetsOut) });

const toWire = <T extends object>({ document, from, to }: DatedDocument<T>) => ({
  ...document,
  from: formatInstant(from),
  to: formatOptionalInstant(to),
});

const toTargetsWire = (targets: DatedDocument<TargetsDocument>) => ({ ...toWire(targets), revision: targets.revision });

function toHistory<T extends object>(documents: readonly DatedDocument<T>[], now: number) {
  const present = holdingAt(documents, now);
  return { ...(present && { present: toWire(present) }), history: documents.map(toWire) };
}

function toPeriod(body: { from?: string | number | undefined; to?: string | number | undefined }, now: number) {
  const from = parseOptionalInstant(body.from, 'from') ?? now;
  const to = parseOptionalInstant(body.to, 'to');
  if (to !== undefined && to <= from) throw invalid('to', '`to` must lie after `from`.');
  return { from, to };
}

export const planRoutes: ApiRoutes =
  ({ db, now }) =>
  async (server) => {
    const tags = ['care'];
    const write = { access: { permission: 'treat', over: 'patient' } } as const;
    const read = { access: { permission: 'read', over: 'patient', opens: 'care' } } as const;
    const description = 'Holds from `from` (now, where absent) on and ends the one before, which is kept.';

    server.put(
      '/patients/:patientId/plan',
      {
        config: write,
        schema: {
          tags,
          description,
          params: PatientParams,
          body: Strict({ ...PLAN, ...PERIOD_IN }),
          response: { 200: PlanOut },
        },
      },
      async (request) => {
        const { from, to, ...document } = request.body;
        const period = toPeriod({ from, to }, now());
        const { userId: by } = callerOf(request);
        return toWire(await putDocument(db, 'plan', patientOf(request), { document, ...period }, { now: now(), by }));
      },
    );

    server.get(
      '/patients/:patientId/plan',
      { config: read, schema: { tags, params: PatientParams, response: { 200: PlansOut } } },
      async (request) => {
        const { patientKey } = patientOf(request);
        return toHistory(
          await readDocuments<Omit<Static<typeof PlanOut>, 'from' | 'to'>>(db, 'plan', patientKey),
          now(),
        );
      },
    );

    server.put(
      '/patients/:patientId/targets',
      {
        config: write,
        schema: {
          tags,
          description: `${description} The thresholds by which the patient is judged, before those of their team: PUT /rules sets the same from now on, GET /rules says what they come to.`,
          params: PatientParams,
          body: Strict({ ...TARGETS, ...PERIOD_IN, revision: Type.Optional(Revision) }),
          response: { 200: TargetsOut },
        },
      },
      async (request) => {
        const { from, to, revision, ...document } = request.body;
        const patient = patientOf(request);
        const { userId: by } = callerOf(request);
        checkPatientThresholds(document.thresholds, (await readTeamRules(db, patient.teamId)).thresholds);
        const period = toPeriod({ from, to }, now());
        const put = await putDocument(db, 'targets', patient, { document, ...period }, { now: now(), by, revision });
        return toTargetsWire(put);
      },
    );

    server.get(
      '/patients/:patientId/targets',
      { config: read, schema: { tags, params: PatientParams, response: { 200: TargetsListOut } } },
      async (request) => {
        const { patientKey } = patientOf(request);
        const documents = await readDocuments<TargetsDocument>(db, 'targets', patientKey);
        const present = holdingAt(documents, now());
        return { ...(present && { present: toTargetsWire(present) }), history: documents.map(toTargetsWire) };
      },
    );
  };
