// What a team's way of being told must be to be taken: every problem at once, each with its field and the remedy.
// Promise: what passes leaves no urgent alert without anybody of the team for long, and holds no step or policy that could never do anything.
import { LANGUAGES } from '../language.ts';
import { CONDITIONS, DIRECTIONS, SEVERITIES } from '../rules/rule.ts';
import { type AlertingSettings, OUTCOME_WITHIN_LIMITS_MIN } from './alerting-settings.ts';
import { type AlertingProblem, checkEscalationSteps, type StepRules } from './check-escalation-steps.ts';
import { type EscalationPolicy, type EscalationStep, type PolicyQuestion, policyFits } from './escalation-policy.ts';
import { firstStepForTeam, isForUrgent, URGENT_TEAM_WITHIN_MIN } from './first-step-for-team.ts';

const MAX_POLICIES = 30;
const MAX_DAILY_CAP = 50;
const FLEET_WITHIN_MIN = { from: 5, to: 24 * 60 } as const;
const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$/;
const SOMEBODY_OF_THE_TEAM = 'step for on_call, a role, a member or team';

/** `settings` may hold codes that don't exist: that is what is to be found. None: they can be taken. */
export function checkAlertingSettings(settings: AlertingSettings, rules: StepRules): AlertingProblem[] {
  const { policies = [], outcomeWithinMin = {}, dailyCap, fleetOutage, language } = settings;
  return [
    ...(policies.length > MAX_POLICIES
      ? [say('policies', `At most ${MAX_POLICIES} policies: join some of them.`)]
      : []),
    ...policies.flatMap((policy, i) => checkPolicy(policy, `policies/${i}`, rules)),
    ...checkNames(policies),
    ...checkOrder(policies),
    ...Object.entries(outcomeWithinMin).flatMap(([severity, minutes]) => checkOutcome(severity, minutes)),
    ...checkQuietHours(settings.quietHours),
    ...(dailyCap === undefined ? [] : within('dailyCap', dailyCap, 0, MAX_DAILY_CAP, 'messages a patient and day')),
    ...(fleetOutage === undefined
      ? []
      : [
          ...within('fleetOutage/percent', fleetOutage.percent, 1, 100, 'percent of the team’s devices'),
          ...within(
            'fleetOutage/withinMin',
            fleetOutage.withinMin,
            FLEET_WITHIN_MIN.from,
            FLEET_WITHIN_MIN.to,
            'minutes',
          ),
        ]),
    ...(language === undefined ? [] : oneOf('language', 'language', language, LANGUAGES)),
  ];
}

function checkPolicy(policy: EscalationPolicy, field: string, rules: StepRules): AlertingProblem[] {
  const { severities, condition, direction, steps } = policy;
  return [
    ...(severities.length === 0
      ? [say(`${field}/severities`, `Name at least one severity: ${SEVERITIES.join(', ')}.`)]
      : severities.flatMap((severity, i) => oneOf(`${field}/severities/${i}`, 'severity', severity, SEVERITIES))),
    ...(condition === undefined ? [] : oneOf(`${field}/condition`, 'condition', condition, CONDITIONS)),
    ...(direction === undefined ? [] : oneOf(`${field}/direction`, 'direction', direction, DIRECTIONS)),
    ...checkEscalationSteps(steps, `${field}/steps`, rules),
    ...(isForUrgent(policy) ? checkTeamIsTold(steps, `${field}/steps`) : []),
  ];
}

function checkTeamIsTold(steps: readonly EscalationStep[], field: string): AlertingProblem[] {
  // A step without a target is named already.
  if (steps.every(({ targets }) => targets.length === 0)) return [];
  const first = firstStepForTeam(steps);
  if (first === undefined) return [say(field, `What is urgent has to reach the team: add a ${SOMEBODY_OF_THE_TEAM}.`)];
  if (first.delayMin <= URGENT_TEAM_WITHIN_MIN) return [];
  const soon = `What is urgent has to reach the team within ${URGENT_TEAM_WITHIN_MIN} minutes`;
  const remedy = `give ${URGENT_TEAM_WITHIN_MIN} or less, or add an earlier ${SOMEBODY_OF_THE_TEAM}`;
  return [say(`${field}/${first.place}/delayMin`, `${soon}: ${remedy}.`)];
}

function checkNames(policies: readonly EscalationPolicy[]): AlertingProblem[] {
  return policies.flatMap(({ name }, i) =>
    policies.findIndex((other) => other.name === name) < i
      ? [say(`policies/${i}/name`, 'Another policy has this name: give each its own, it stands on the timeline.')]
      : [],
  );
}

const CELLS: readonly PolicyQuestion[] = SEVERITIES.flatMap((severity) =>
  CONDITIONS.flatMap((condition) => DIRECTIONS.map((direction) => ({ severity, condition, direction }))),
);

/** The first that fits holds: one that is first for nothing would only seem to be there. */
function checkOrder(policies: readonly EscalationPolicy[]): AlertingProblem[] {
  return policies.flatMap((policy, i) => {
    const own = CELLS.filter((cell) => policyFits(policy, cell));
    const before = (cell: PolicyQuestion) => policies.slice(0, i).findIndex((earlier) => policyFits(earlier, cell));
    const taken = own.map(before);
    if (own.length === 0 || taken.includes(-1)) return [];
    const names = [...new Set(taken)].map((place) => `policies/${place}`).join(' and ');
    return [say(`policies/${i}`, `It never holds, because ${names} always fits first: move it up, or drop it.`)];
  });
}

function checkOutcome(severity: string, minutes: number): AlertingProblem[] {
  const field = `outcomeWithinMin/${severity}`;
  const known = SEVERITIES.find((each) => each === severity);
  if (known === undefined) return oneOf(field, 'severity', severity, SEVERITIES);
  const { from, to } = OUTCOME_WITHIN_LIMITS_MIN[known];
  return within(field, minutes, from, to, 'minutes');
}

function checkQuietHours(quietHours: AlertingSettings['quietHours']): AlertingProblem[] {
  if (quietHours === undefined) return [];
  const { from, to } = quietHours;
  const bad = (['from', 'to'] as const).filter((end) => !CLOCK.test(quietHours[end]));
  if (bad.length > 0)
    return bad.map((end) => say(`quietHours/${end}`, 'Give a time of day from 00:00 to 23:59, HH:MM, e.g. 22:00.'));
  if (from !== to) return [];
  const remedy = 'let `to` differ from `from`, or leave quietHours out';
  return [say('quietHours/to', `These hours would never end, and nothing but what is urgent be told: ${remedy}.`)];
}

function oneOf(field: string, what: string, given: string, known: readonly string[]): AlertingProblem[] {
  return known.includes(given) ? [] : [say(field, `There is no such ${what}: use one of ${known.join(', ')}.`)];
}

function within(field: string, given: number, from: number, to: number, unit: string): AlertingProblem[] {
  if (Number.isInteger(given) && given >= from && given <= to) return [];
  return [say(field, `Give a whole number from ${from} to ${to}: ${unit}.`)];
}

const say = (field: string, detail: string): AlertingProblem => ({ field, detail });
