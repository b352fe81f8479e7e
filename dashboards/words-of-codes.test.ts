import { expect, it } from 'vitest';
import { ALERT_STATES, OUTCOMES } from '../domain/alerts/alert-life.ts';
import { ALERT_TRANSITIONS } from '../domain/alerts/alert-transitions.ts';
import { DEFAULT_POLICIES, TARGET_KINDS } from '../domain/alerts/escalation-policy.ts';
import { DEVICE_KINDS } from '../domain/device-model.ts';
import { GLUCOSE_EVENT_KINDS } from '../domain/metrics/glucose-events.ts';
import { GLUCOSE_CONTEXTS, READING_FLAGS, READING_KINDS, SCALE_CODES } from '../domain/reading.ts';
import { REJECTION_CODES } from '../domain/rejection.ts';
import { SEVERITIES } from '../domain/rules/rule.ts';
import { ALL_RULES } from '../domain/rules/rule-catalogue.ts';
import { WATCH_REASONS } from '../storage/alerts/read-watched-patients.ts';
import { TIMELINE_EVENTS } from '../storage/alerts/timeline.ts';
import { SEXES } from '../storage/registry/patients.ts';
import { MEMBER_ROLES } from '../storage/registry/role-permissions.ts';
import { RULE_NAMES } from './web/rule-names.ts';
import { THRESHOLD_NAMES } from './web/threshold-names.ts';
import { WORDS_OF_CODES } from './web/words-of-codes.ts';
import { WORDS_OF_TEAMS } from './web/words-of-teams.ts';

it('the page has words for every code that a doctor meets', () => {
  const codes = [
    ...[SEVERITIES, ALERT_STATES, OUTCOMES, TIMELINE_EVENTS, REJECTION_CODES, DEVICE_KINDS, SEXES],
    ALERT_TRANSITIONS.filter(({ effects }) => effects.includes('record')).map(({ reason }) => reason),
    ALL_RULES.map(({ condition, direction }) => `${condition}_${direction}`),
    [...GLUCOSE_EVENT_KINDS, 'firing', 'pending', 'clear', 'unknown', 'default', 'team', 'patient'],
    ...[READING_KINDS, READING_FLAGS, SCALE_CODES, GLUCOSE_CONTEXTS],
  ].flat();
  expect(codes.filter((code) => !(code in WORDS_OF_CODES))).toEqual([]);
});

it('the page has words for everything about escalations, shifts and handovers', () => {
  const codes = [
    TARGET_KINDS.map((kind) => `target_${kind}`),
    MEMBER_ROLES.map((role) => `role_${role}`),
    DEFAULT_POLICIES.map(({ name }) => `policy_${name}`),
    // Of one who is at risk it is said what the risk is.
    WATCH_REASONS.filter((reason) => reason !== 'at_risk').map((reason) => `watch_${reason}`),
    TIMER_REASONS.map((reason) => `timer_${reason}`),
  ].flat();
  expect(codes.filter((code) => !(code in WORDS_OF_TEAMS))).toEqual([]);
  expect(Object.keys(WORDS_OF_TEAMS).filter((code) => code in WORDS_OF_CODES)).toEqual([]);
});

/** Why an alert is looked at again, as decide, put-off and schedule name it. */
const TIMER_REASONS = [
  ...['repeat_interval', 'escalation_step', 'grouping', 'cooldown', 'no_outcome_yet', 'acknowledgement_lapses'],
  ...[
    'snoozed',
    'snooze_ends',
    'expires',
    'nobody_was_told',
    'delivery_stuck',
    'quiet_hours',
    'daily_cap',
    'fleet_outage',
  ],
];

it('the page has a name for every rule and for every threshold', () => {
  expect(ALL_RULES.filter(({ id }) => !(id in RULE_NAMES)).map(({ id }) => id)).toEqual([]);
  const names = ALL_RULES.flatMap(({ thresholds }) => Object.keys(thresholds));
  expect(names.filter((name) => !(name in THRESHOLD_NAMES))).toEqual([]);
});
