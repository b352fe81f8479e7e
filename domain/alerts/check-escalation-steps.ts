// What the steps of an escalation must be: in order, each for somebody, and none that tells only who was told already. Pure.
import { type EscalationStep, type EscalationTarget, TARGET_KINDS } from './escalation-policy.ts';

export const MAX_STEPS = 20;
const MAX_TARGETS = 20;
export const MAX_DELAY_MIN = 24 * 60;
const HOW: readonly string[] = ['all', 'in_order'];

export interface AlertingProblem {
  /** A path such as `policies/0/steps/1/delayMin`. */
  readonly field: string;
  readonly detail: string;
}

/** What the place knows against which a step is checked. */
export interface StepRules {
  /** Of a team's members. */
  readonly roles: readonly string[];
  /** Present ones. */
  readonly memberIds: readonly string[];
  /** That contacts here can have. */
  readonly channels: readonly string[];
  /** Why `backing_organisation` leads nowhere; absent: it leads somewhere. */
  readonly backingProblem?: string | undefined;
}

export function checkEscalationSteps(
  steps: readonly EscalationStep[],
  field: string,
  rules: StepRules,
): AlertingProblem[] {
  if (steps.length === 0) return [say(field, 'Name at least one step: without one nobody would be told.')];
  if (steps.length > MAX_STEPS) return [say(field, `At most ${MAX_STEPS} steps: join those that come together.`)];
  return steps.flatMap((step, i) => [
    ...checkDelay(step, steps[i - 1], `${field}/${i}/delayMin`),
    ...checkTargets(step, `${field}/${i}/targets`, rules),
    ...checkChannels(step, `${field}/${i}`, rules),
    ...checkRepetition(step, steps.slice(0, i), `${field}/${i}`),
  ]);
}

function checkDelay(
  { delayMin }: EscalationStep,
  before: EscalationStep | undefined,
  field: string,
): AlertingProblem[] {
  if (!Number.isInteger(delayMin) || delayMin < 0 || delayMin > MAX_DELAY_MIN)
    return [say(field, `Give whole minutes from 0 to ${MAX_DELAY_MIN}, a day.`)];
  if (before === undefined)
    return delayMin === 0 ? [] : [say(field, 'The first step is at 0: nobody would know of it until then.')];
  if (delayMin >= before.delayMin) return [];
  const remedy = `give ${before.delayMin} or more, or put the step before it`;
  return [say(field, `Delays count from the beginning and rise from step to step: ${remedy}.`)];
}

function checkTargets({ targets }: EscalationStep, field: string, rules: StepRules): AlertingProblem[] {
  if (targets.length === 0) return [say(field, `Name at least one target: ${TARGET_KINDS.join(', ')}.`)];
  if (targets.length > MAX_TARGETS) return [say(field, `At most ${MAX_TARGETS} targets: name a role, or team.`)];
  return targets.flatMap((target, i) => checkTarget(target, `${field}/${i}`, rules));
}

function checkTarget(
  { kind, role, memberId }: EscalationTarget,
  field: string,
  { roles, memberIds, backingProblem }: StepRules,
): AlertingProblem[] {
  if (!TARGET_KINDS.includes(kind))
    return [say(`${field}/kind`, `There is no such target: use one of ${TARGET_KINDS.join(', ')}.`)];
  const problems: AlertingProblem[] = [];
  if (kind === 'role' && !roles.includes(role ?? ''))
    problems.push(
      say(`${field}/role`, `${role === undefined ? 'Name a role' : 'There is no such role'}: ${roles.join(', ')}.`),
    );
  if (kind === 'member' && !memberIds.includes(memberId ?? ''))
    problems.push(
      say(`${field}/memberId`, 'This is no present member of the team: name one by memberId, or a role, or on_call.'),
    );
  if (kind !== 'role' && role !== undefined)
    problems.push(say(`${field}/role`, `A role belongs to a target of kind role: leave it out, or change the kind.`));
  if (kind !== 'member' && memberId !== undefined)
    problems.push(
      say(`${field}/memberId`, 'A member belongs to a target of kind member: leave it out, or change the kind.'),
    );
  if (kind === 'backing_organisation' && backingProblem !== undefined)
    problems.push(say(`${field}/kind`, backingProblem));
  return problems;
}

function checkChannels(
  { channels, contacts = 'in_order' }: EscalationStep,
  field: string,
  rules: StepRules,
): AlertingProblem[] {
  const how = HOW.includes(contacts) ? [] : [say(`${field}/contacts`, `Use one of ${HOW.join(', ')}.`)];
  if (channels === undefined) return how;
  const use = `use some of ${rules.channels.filter((channel) => channel !== 'in_app').join(', ')}`;
  if (channels.every((channel) => channel === 'in_app'))
    return [...how, say(`${field}/channels`, `Everybody sees it in the app anyway: ${use}, or leave it out for any.`)];
  return [
    ...how,
    ...channels.flatMap((channel, i) =>
      rules.channels.includes(channel)
        ? []
        : [say(`${field}/channels/${i}`, `There is no such channel here, or it is not set up: ${use}.`)],
    ),
  ];
}

/** An escalation that goes in a circle: the repeat interval tells people again, a step tells others. */
function checkRepetition(step: EscalationStep, earlier: readonly EscalationStep[], field: string): AlertingProblem[] {
  const isTold = (target: EscalationTarget) => earlier.some((before) => tells(before, step, target));
  if (step.targets.length === 0 || !step.targets.every(isTold)) return [];
  const why = 'Everybody here is told by an earlier step: people are told again by the repeat interval, not by a step';
  return [say(field, `${why}. Name somebody else or another channel, or drop the step.`)];
}

/** Whether `before` has reached everybody by every contact that `target` of `step` stands for. */
function tells(before: EscalationStep, step: EscalationStep, target: EscalationTarget): boolean {
  if (step.contacts === 'all' && before.contacts !== 'all') return false;
  const { channels } = before;
  if (channels !== undefined && !(step.channels ?? ['any']).every((channel) => channels.includes(channel)))
    return false;
  return before.targets.some((each) => {
    if (each.kind === 'team') return OF_THE_TEAM.includes(target.kind);
    return each.kind === target.kind && each.role === target.role && each.memberId === target.memberId;
  });
}

const OF_THE_TEAM: readonly string[] = ['team', 'on_call', 'role', 'member'];

const say = (field: string, detail: string): AlertingProblem => ({ field, detail });
