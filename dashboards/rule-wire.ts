// Rules as the API answers them: what each says, when it asks again, and its thresholds with where they come from.
import Type from 'typebox';
import { READING_KINDS } from '../domain/reading.ts';
import { HISTORY_INPUTS, type HistoryRule } from '../domain/rules/history-rule.ts';
import { CONDITIONS, type Rule, type RuleDescription, SEVERITIES } from '../domain/rules/rule.ts';
import { ALL_RULES } from '../domain/rules/rule-catalogue.ts';
import { type RuleSet, usableOverrides } from '../domain/rules/rule-set.ts';
import { RULE_SEVERITIES } from '../domain/rules/rule-severities.ts';
import type { Threshold, ThresholdSet } from '../domain/rules/thresholds.ts';

const Optional = Type.Optional;

export const ThresholdWire = Type.Object({
  value: Type.Number(),
  unit: Type.String(),
  mmolPerL: Optional(Type.Number({ description: 'The same line for readings in mmol/L.' })),
  origin: Type.Enum(['default', 'team', 'patient']),
  fixed: Type.Boolean({ description: 'It can’t be set, like the public-health emergency lines.' }),
});
export const ThresholdsWire = Type.Record(Type.String(), ThresholdWire);
export const DirectionWire = Type.Enum(['low', 'high', 'none']);

export const RuleWire = Type.Object({
  ruleId: Type.String(),
  version: Type.Integer(),
  title: Type.String(),
  condition: Type.Enum([...CONDITIONS]),
  direction: DirectionWire,
  kinds: Optional(
    Type.Array(Type.Enum([...READING_KINDS]), { description: 'A rule of two days: asked when such a reading comes.' }),
  ),
  restsOn: Optional(
    Type.Array(Type.Enum([...HISTORY_INPUTS]), {
      description: 'A rule of weeks: asked once a local day, and soon after one of these has changed.',
    }),
  ),
  severity: Type.Object(
    {
      usual: Type.Enum([...SEVERITIES]),
      otherwise: Optional(Type.Array(Type.Object({ severity: Type.Enum([...SEVERITIES]), when: Type.String() }))),
    },
    { description: 'Of what is completed in time. What is completed late is a warning at most.' },
  ),
  thresholds: ThresholdsWire,
  repeatMinutes: Optional(
    Type.Number({ description: 'Told again while open and unacknowledged. Absent: by the policy.' }),
  ),
  cooldownMinutes: Optional(
    Type.Number({
      description: 'Firing again so soon after its end is told of only if it is worse; never of urgent ones.',
    }),
  ),
  stages: Optional(
    Type.Array(
      Type.Object({
        afterMinutes: Type.Number(),
        severity: Type.Enum([...SEVERITIES]),
        audience: Type.Enum(['patient', 'team']),
      }),
    ),
  ),
});

const MINUTE_MS = 60_000;

/** In the order of the catalogues. */
export const toRulesWire = ({ window, history }: RuleSet): Type.Static<typeof RuleWire>[] => [
  ...window.map((rule) => ({ ...toRuleWire(rule), kinds: [...rule.kinds] satisfies Rule['kinds'] })),
  ...history.map((rule) => ({ ...toRuleWire(rule), restsOn: [...rule.restsOn] satisfies HistoryRule['restsOn'] })),
];

function toRuleWire({ id, version, title, condition, direction, thresholds, timing, stages }: RuleDescription) {
  const { repeatMs, cooldownMs } = timing;
  return {
    ruleId: id,
    version,
    title,
    condition,
    direction,
    severity: toSeverityWire(id),
    thresholds: toThresholdsWire(id, thresholds),
    ...(repeatMs !== undefined && { repeatMinutes: repeatMs / MINUTE_MS }),
    ...(cooldownMs !== undefined && { cooldownMinutes: cooldownMs / MINUTE_MS }),
    ...(stages && {
      stages: stages.map(({ afterMs, severity, audience }) => ({
        afterMinutes: afterMs / MINUTE_MS,
        severity,
        audience,
      })),
    }),
  };
}

function toSeverityWire(ruleId: string): Type.Static<typeof RuleWire>['severity'] {
  const known = RULE_SEVERITIES[ruleId];
  if (known === undefined) throw new Error(`how bad ${ruleId} is isn't written in rule-severities.ts`);
  return { usual: known.usual, ...(known.otherwise && { otherwise: [...known.otherwise] }) };
}

export function toThresholdsWire(ruleId: string, thresholds: ThresholdSet): Type.Static<typeof ThresholdsWire> {
  return Object.fromEntries(
    Object.entries(thresholds).map(([name, { value, unit, mmolPerL, origin }]) => [
      name,
      {
        value,
        unit,
        ...(mmolPerL !== undefined && { mmolPerL }),
        origin,
        fixed: FIXED.get(ruleId)?.has(name) ?? false,
      },
    ]),
  );
}

/** Names by rule: what can't even be set to what it is. */
const FIXED: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  ALL_RULES.map(({ id, thresholds }) => {
    const isFixed = ([name, { value, unit }]: [string, Threshold]) =>
      usableOverrides({ [id]: { [name]: { value, unit } } })[id] === undefined;
    return [
      id,
      new Set(
        Object.entries(thresholds)
          .filter(isFixed)
          .map(([name]) => name),
      ),
    ];
  }),
);
