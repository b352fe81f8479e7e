// What was agreed with a patient: how they measure and how often they are seen (plan), and lines of their own (targets).
import Type, { type Static } from 'typebox';
import { type DatedDocument, putDocument, readDocuments } from '../../storage/registry/dated-documents.ts';
import { invalid } from '../../storage/registry/refusal.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { checkThresholds } from '../check-thresholds.ts';
import { formatInstant, formatOptionalInstant, parseOptionalInstant } from '../instant.ts';
import { patientOf } from '../route-access.ts';
import { InstantIn, InstantOut, PatientParams, Strict } from '../wire.ts';

const PLAN = {
  cgmExpected: Type.Optional(Type.Boolean({ description: 'A CGM is worn: silence is told of.' })),
  glucoseSessionsPerWeek: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  bloodPressureSessionsPerWeek: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  visitIntervalMonths: Type.Optional(Type.Integer({ minimum: 1, maximum: 12 })),
};
const Threshold = Strict({
  value: Type.Number({ exclusiveMinimum: 0 }),
  unit: Type.Enum(['mg/dL', 'mmol/L', 'mmHg', 'min', 'h', 'readings']),
});
const TARGETS = {
  thresholds: Type.Record(
    Type.String({ pattern: '^[A-Z]+-[0-9]{2}$' }),
    Type.Record(Type.String({ pattern: '^[a-zA-Z][a-zA-Z0-9]{0,63}$' }), Threshold),
    {
      description: 'By rule, e.g. {"CGM-02": {"below": {"value": 4.4, "unit": "mmol/L"}}}.',
    },
  ),
};
const PERIOD_IN = { from: Type.Optional(InstantIn), to: Type.Optional(InstantIn) };
const PERIOD_OUT = { from: InstantOut, to: Type.Optional(InstantOut) };

const PlanOut = Type.Object({ ...PLAN, ...PERIOD_OUT });
const PlansOut = Type.Object({ present: Type.Optional(PlanOut), history: Type.Array(PlanOut) });
const TargetsOut = Type.Object({ ...TARGETS, ...PERIOD_OUT });
const TargetsListOut = Type.Object({ present: Type.Optional(TargetsOut), history: Type.Array(TargetsOut) });

const toWire = <T extends object>({ document, from, to }: DatedDocument<T>) => ({
  ...document,
  from: formatInstant(from),
  to: formatOptionalInstant(to),
});

function toHistory<T extends object>(documents: readonly DatedDocument<T>[], now: number) {
  const present = documents.find(({ from, to }) => from <= now && (to === undefined || now < to));
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
        return toWire(await putDocument(db, 'plan', patientOf(request), { document, ...period }, now()));
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
          description: `${description} Kept for the day when rules can be set (GET and PUT /rules): until then every rule judges by its own thresholds.`,
          params: PatientParams,
          body: Strict({ ...TARGETS, ...PERIOD_IN }),
          response: { 200: TargetsOut },
        },
      },
      async (request) => {
        const { from, to, ...document } = request.body;
        checkThresholds(document.thresholds);
        const period = toPeriod({ from, to }, now());
        return toWire(await putDocument(db, 'targets', patientOf(request), { document, ...period }, now()));
      },
    );

    server.get(
      '/patients/:patientId/targets',
      { config: read, schema: { tags, params: PatientParams, response: { 200: TargetsListOut } } },
      async (request) => {
        const { patientKey } = patientOf(request);
        return toHistory(
          await readDocuments<Pick<Static<typeof TargetsOut>, 'thresholds'>>(db, 'targets', patientKey),
          now(),
        );
      },
    );
  };
