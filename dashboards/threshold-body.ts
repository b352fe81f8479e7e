// Thresholds as a request sets them, by rule and name: of a team's and of a patient's own.
import Type from 'typebox';
import { ALL_RULES } from '../domain/rules/rule-catalogue.ts';
import type { ThresholdUnit } from '../domain/rules/thresholds.ts';
import { Strict } from './wire.ts';

/** Glucose lines are in both units. */
const UNITS: ReadonlySet<ThresholdUnit> = new Set([
  ...ALL_RULES.flatMap(({ thresholds }) => Object.values(thresholds).map(({ unit }) => unit)),
  'mmol/L',
]);

const Threshold = Strict({
  value: Type.Number({ exclusiveMinimum: 0 }),
  unit: Type.Unsafe<ThresholdUnit>({ type: 'string', enum: [...UNITS] }),
});

export const Thresholds = Type.Record(
  Type.String({ pattern: '^[A-Z]+-[0-9]{2}$' }),
  Type.Record(Type.String({ pattern: '^[a-zA-Z][a-zA-Z0-9]{0,63}$' }), Threshold),
  {
    description:
      'By rule, e.g. {"CGM-02": {"below": {"value": 4.4, "unit": "mmol/L"}, "clearAt": {"value": 4.4, "unit": "mmol/L"}}}.',
  },
);
export const Revision = Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 });
