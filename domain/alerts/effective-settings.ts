// What holds for a team: each setting with where it comes from, and of each severity the policies in the order in which they are tried.
import type { Language } from '../language.ts';
import { CONDITIONS, DIRECTIONS, type Severity } from '../rules/rule.ts';
import { type AlertingSettings, DAILY_CAP, FLEET_OUTAGE, OUTCOME_WITHIN_MIN } from './alerting-settings.ts';
import { DEFAULT_POLICIES, type EscalationPolicy, policyFits } from './escalation-policy.ts';

export type SettingOrigin = 'default' | 'team';

export interface EffectiveSetting<T> {
  /** Absent: there is none. */
  readonly value?: T | undefined;
  readonly origin: SettingOrigin;
}

export interface EffectivePolicy extends EscalationPolicy {
  readonly origin: SettingOrigin;
}

export interface EffectiveSettings {
  readonly outcomeWithinMin: Readonly<Record<Severity, EffectiveSetting<number>>>;
  readonly quietHours: EffectiveSetting<NonNullable<AlertingSettings['quietHours']>>;
  readonly dailyCap: EffectiveSetting<number>;
  readonly fleetOutage: EffectiveSetting<NonNullable<AlertingSettings['fleetOutage']>>;
  readonly debug: EffectiveSetting<boolean>;
  readonly language: EffectiveSetting<Language>;
  /** Those that can hold, the first that fits does. */
  readonly policies: Readonly<Record<Severity, readonly EffectivePolicy[]>>;
}

export function effectiveSettings(settings: AlertingSettings): EffectiveSettings {
  const of = <T>(own: T | undefined, fallback?: T): EffectiveSetting<T> =>
    own === undefined ? { value: fallback, origin: 'default' } : { value: own, origin: 'team' };
  const perSeverity = <T>(make: (severity: Severity) => T) => ({
    info: make('info'),
    warning: make('warning'),
    critical: make('critical'),
    emergency: make('emergency'),
  });
  const policies: readonly EffectivePolicy[] = [
    ...(settings.policies ?? []).map((policy) => ({ ...policy, origin: 'team' as const })),
    ...DEFAULT_POLICIES.map((policy) => ({ ...policy, origin: 'default' as const })),
  ];
  return {
    outcomeWithinMin: perSeverity((severity) =>
      of(settings.outcomeWithinMin?.[severity], OUTCOME_WITHIN_MIN[severity]),
    ),
    quietHours: of(settings.quietHours),
    dailyCap: of(settings.dailyCap, DAILY_CAP),
    fleetOutage: of(settings.fleetOutage, FLEET_OUTAGE),
    debug: of(settings.debug, false),
    language: of(settings.language, 'zh'),
    policies: perSeverity((severity) => firstForSomething(policies, severity)),
  };
}

/** What others always come before is left out. */
function firstForSomething(policies: readonly EffectivePolicy[], severity: Severity): readonly EffectivePolicy[] {
  const holding = CONDITIONS.flatMap((condition) =>
    DIRECTIONS.map((direction) => policies.find((each) => policyFits(each, { severity, condition, direction }))),
  );
  return policies.filter((policy) => holding.includes(policy));
}
