// How a team wants to be told, as the API takes and answers it. The schema says the form alone: which codes exist and what makes sense
// is said by checkAlertingSettings, so that everything at fault is named at once.
import Type, { type Static } from 'typebox';
import { MAX_DELAY_MIN, MAX_STEPS } from '../domain/alerts/check-escalation-steps.ts';
import { effectiveSettings } from '../domain/alerts/effective-settings.ts';
import {
  type EscalationPolicy,
  type EscalationStep,
  TARGET_KINDS,
  type TargetKind,
} from '../domain/alerts/escalation-policy.ts';
import {
  CONDITIONS,
  type Condition,
  DIRECTIONS,
  type Direction,
  SEVERITIES,
  type Severity,
} from '../domain/rules/rule.ts';
import type { AlertingSettingsVersion } from '../storage/registry/team-alerting.ts';
import { formatOptionalInstant } from './instant.ts';
import { InstantOut, Strict, Text, Uuid } from './wire.ts';

const LONGEST_LIST = 100;
/** Checked afterwards, see above. */
const Among = <T extends string>(known: readonly T[]) =>
  Type.Unsafe<T>({ type: 'string', maxLength: 64, description: `One of ${known.join(', ')}.` });
const List = <T extends Parameters<typeof Type.Array>[0]>(item: T, description?: string) =>
  Type.Array(item, { maxItems: LONGEST_LIST, ...(description && { description }) });

const Target = {
  kind: Among<TargetKind>(TARGET_KINDS),
  role: Type.Optional(Type.String({ maxLength: 64, description: 'Of a target of kind role.' })),
  memberId: Type.Optional(Uuid),
};
const Step = {
  delayMin: Type.Number({ description: `From the beginning; the first 0, rising, at most ${MAX_DELAY_MIN}.` }),
  targets: List(Strict(Target)),
  contacts: Type.Optional(Among(['all', 'in_order'] as const)),
  channels: Type.Optional(List(Type.String({ maxLength: 64 }), 'Contacts of these channels only.')),
};
const Policy = {
  name: Text(64),
  severities: List(Among<Severity>(SEVERITIES)),
  condition: Type.Optional(Among<Condition>(CONDITIONS)),
  direction: Type.Optional(Among<Direction>(DIRECTIONS)),
  steps: List(Strict(Step), `At most ${MAX_STEPS}.`),
};
const perSeverity = <T extends Parameters<typeof Type.Optional>[0]>(item: T) => ({
  info: item,
  warning: item,
  critical: item,
  emergency: item,
});
const QUIET_HOURS = {
  from: Type.String({ maxLength: 5, description: 'HH:MM in the team’s zone; may lie after `to`.' }),
  to: Type.String({ maxLength: 5 }),
};
const FLEET_OUTAGE = { percent: Type.Number(), withinMin: Type.Number() };

export const ALERTING_SETTINGS = {
  policies: Type.Optional(List(Strict(Policy), 'The first that fits an alert holds, before the defaults.')),
  outcomeWithinMin: Type.Optional(Strict(perSeverity(Type.Optional(Type.Number())))),
  quietHours: Type.Optional(Strict(QUIET_HOURS)),
  dailyCap: Type.Optional(Type.Number()),
  fleetOutage: Type.Optional(Strict(FLEET_OUTAGE)),
  debug: Type.Optional(Type.Boolean({ description: 'Everything is decided and recorded, nothing is sent.' })),
  language: Type.Optional(Among(['zh', 'en'] as const)),
};
const Settings = Type.Object(ALERTING_SETTINGS);

const Origin = Type.Enum(['default', 'team']);
const Effective = <T extends Parameters<typeof Type.Optional>[0]>(value: T) =>
  Type.Object({ value: Type.Optional(value), origin: Origin });

export const AlertingSettingsWire = Type.Object({
  teamId: Uuid,
  version: Type.Integer({ description: '0: the team has written none.' }),
  createdAt: Type.Optional(InstantOut),
  settings: Settings,
  effective: Type.Object({
    outcomeWithinMin: Type.Object(perSeverity(Effective(Type.Number()))),
    quietHours: Effective(Type.Object(QUIET_HOURS)),
    dailyCap: Effective(Type.Number()),
    fleetOutage: Effective(Type.Object(FLEET_OUTAGE)),
    debug: Effective(Type.Boolean()),
    language: Effective(Type.String()),
    policies: Type.Object(perSeverity(Type.Array(Type.Object({ ...Policy, origin: Origin }))), {
      description: 'Of each severity those that can hold, in the order in which they are tried.',
    }),
  }),
});

export function toAlertingSettingsWire(
  teamId: string,
  { settings, version, createdAt }: AlertingSettingsVersion,
): Static<typeof AlertingSettingsWire> {
  const { policies, ...effective } = effectiveSettings(settings);
  return {
    teamId,
    version,
    createdAt: formatOptionalInstant(createdAt),
    settings: { ...settings, policies: settings.policies?.map(toPolicyWire) },
    effective: {
      ...effective,
      policies: {
        info: policies.info.map(toPolicyWire),
        warning: policies.warning.map(toPolicyWire),
        critical: policies.critical.map(toPolicyWire),
        emergency: policies.emergency.map(toPolicyWire),
      },
    },
  };
}

function toPolicyWire<P extends EscalationPolicy>(policy: P) {
  return { ...policy, severities: [...policy.severities], steps: policy.steps.map(toStepWire) };
}

const toStepWire = (step: EscalationStep) => ({
  ...step,
  targets: step.targets.map((target) => ({ ...target })),
  channels: step.channels && [...step.channels],
});
