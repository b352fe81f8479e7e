// What would become of an alert that began at some moment: whom it would be told, when and why, over a day in which nothing else
// happens. Pure, and walks the functions that do it: the decision, the policy, its steps, the lapse of an acknowledgement.
import { onCallAt, onCallBetween } from '../on-call/on-call.ts';
import type { OnCallInterval, OnCallSchedule } from '../on-call/on-call-schedule.ts';
import { advanceAlert } from './advance-alert.ts';
import type { AlertLife } from './alert-life.ts';
import type { AlertingSettings } from './alerting-settings.ts';
import { asFailed, deadContactsIn, skipsOfDead } from './dead-contacts.ts';
import { decideNotification, type NotificationKind, type NotificationScope, type Told } from './decide-notification.ts';
import { type Escalation, isCurrent } from './escalation.ts';
import type { PolicyQuestion, TargetKind } from './escalation-policy.ts';
import { isPutOff, type PutOff, putOffOf } from './put-off.ts';
import {
  type AskOnCall,
  type Audience,
  EVERY_MEMBER,
  everybodyOf,
  type RouteQuestion,
  type RouteSkip,
  routeMember,
  routeStep,
} from './route-step.ts';
import { isUrgent } from './severity-order.ts';
import { type Recipient, type ToldBefore, takeSteps } from './take-steps.ts';

const MS_PER_MIN = 60_000;
export const SIMULATED_MS = 24 * 60 * MS_PER_MIN;
/** More than a day of repetitions comes to; a bound, should something decide without an end. */
const MAX_ROUNDS = 500;
export const MAX_SIMULATED_MESSAGES = 2_000;

export interface SimulationQuestion extends PolicyQuestion, Omit<RouteQuestion, 'at'> {
  readonly settings: AlertingSettings;
  /** IANA, of the team. */
  readonly timeZone: string;
  /** When it would begin, epoch ms. */
  readonly at: number;
  /** Whether it is asked of somebody in particular: else nobody is the patient. */
  readonly hasPatient: boolean;
  /** Somebody of the team takes it over after so long, and gives no outcome. */
  readonly acknowledgeAfterMin?: number | undefined;
}

export interface SimulatedMessage {
  /** Epoch ms. */
  readonly at: number;
  /** Place in the escalation, from 0. */
  readonly step?: number | undefined;
  /** What of the step stands for them. */
  readonly target?: TargetKind | undefined;
  readonly audience: Audience;
  readonly memberId?: string | undefined;
  readonly role?: string | undefined;
  readonly channel: string;
  readonly contactId: string;
  readonly kind: NotificationKind;
  readonly reason: string;
}

export interface SimulatedSkip extends RouteSkip {
  /** When first, epoch ms. */
  readonly at: number;
}

export interface SimulatedWait {
  /** Epoch ms. */
  readonly at: number;
  readonly until: number;
  readonly reason: string;
}

export interface SimulatedRoute {
  /** Of the escalation that begins. */
  readonly policy?: string | undefined;
  readonly messages: readonly SimulatedMessage[];
  /** There would be more than these. */
  readonly isCut: boolean;
  /** What is not urgent: until when it waits, and why. */
  readonly waits: readonly SimulatedWait[];
  /** Who sees it in the app from the beginning. */
  readonly inApp: readonly string[];
  /** Each once. */
  readonly skipped: readonly SimulatedSkip[];
  /** What somebody has to mend, in codes. */
  readonly problems: readonly string[];
  /** Not so where something urgent would at first reach nobody of the team beyond the app. */
  readonly ok: boolean;
}

interface Asked extends SimulationQuestion {
  /** Contacts. */
  readonly dead: ReadonlySet<string>;
}

interface Walk {
  readonly alert: AlertLife;
  readonly told?: Told | undefined;
  readonly reminders: number;
  readonly escalation?: Escalation | undefined;
  readonly ownerRemindedAt?: number | undefined;
  readonly owner?: string | undefined;
}

/** What has happened so far. */
interface Story {
  readonly messages: SimulatedMessage[];
  readonly waits: SimulatedWait[];
  readonly skipped: Map<string, SimulatedSkip>;
  readonly heard: ToldBefore[];
}

export function simulateRoute(asked: SimulationQuestion): SimulatedRoute {
  const { at: begin, acknowledgeAfterMin } = asked;
  const end = begin + SIMULATED_MS;
  const askOnCall = asked.askOnCall ?? askOnCallWithin(begin, end);
  const question = { ...asked, askOnCall, dead: deadContactsIn(asked.routing) };
  const takenOverAt = acknowledgeAfterMin === undefined ? undefined : begin + acknowledgeAfterMin * MS_PER_MIN;
  const story: Story = { messages: [], waits: [], skipped: new Map(), heard: [] };
  let walk: Walk = { alert: newLife(asked.severity, begin), reminders: 0 };
  let at = begin;

  for (let round = 0; round < MAX_ROUNDS && at < end && story.messages.length < MAX_SIMULATED_MESSAGES; round += 1) {
    if (takenOverAt !== undefined && at >= takenOverAt && walk.owner === undefined)
      walk = takeOver(walk, story.messages, at);
    const decision = decide(walk, at);
    if (decision.decision === 'hold') break;
    if (decision.decision === 'wait') {
      const { reason, nextDueAt } = decision;
      if (reason === 'grouping') story.waits.push({ at, until: nextDueAt, reason });
      at = earlier(nextDueAt, takenOverAt, at);
      if (reason === 'acknowledgement_lapses' && at === nextDueAt) walk = lapse(walk, at);
      continue;
    }
    const isOver = story.waits.some(({ until, reason }) => until === at && isPutOff(reason));
    const putOff = isOver ? undefined : putOffAt(question, at);
    if (putOff) {
      story.waits.push({ at, ...putOff });
      at = earlier(putOff.until, takenOverAt, at);
      continue;
    }
    const reached = tell(walk, decision.scope, story.heard, question, at);
    note(story, reached, { ...decision, at, occurrence: walk.alert.occurrence }, question);
    walk = announce(walk, decision, reached, at);
  }
  return conclude(asked, story, walk, at < end);
}

/** The schedule is expanded once for the whole time, not at each of a hundred moments. */
function askOnCallWithin(from: number, to: number): AskOnCall {
  const known = new Map<OnCallSchedule, readonly OnCallInterval[]>();
  return (schedule, at) => {
    const intervals = known.get(schedule) ?? onCallBetween(schedule, from, to);
    known.set(schedule, intervals);
    return intervals.find((each) => each.from <= at && at < each.to) ?? onCallAt(schedule, at);
  };
}

function decide({ alert, told, reminders, escalation, ownerRemindedAt }: Walk, now: number) {
  const escalateAt = isCurrent(escalation, alert) ? escalation.nextAt : undefined;
  const outcomeWithinMs = escalation?.outcomeWithinMs;
  return decideNotification({ alert, told, reminders, escalateAt, outcomeWithinMs, ownerRemindedAt, now });
}

interface Telling {
  readonly kind: NotificationKind;
  readonly reason: string;
  readonly at: number;
  readonly occurrence: number;
}

function note(
  { messages, heard, skipped }: Story,
  reached: Reached,
  { kind, reason, at, occurrence }: Telling,
  question: SimulationQuestion,
): void {
  const knew = new Set(heard.map(({ contactId }) => contactId));
  for (const recipient of reached.recipients) {
    const { contactId, audience = 'team', escalationStep } = recipient;
    if (contactId === undefined) continue;
    const told = knew.has(contactId) ? (kind === 'opened' ? 'changed' : kind) : 'opened';
    const whom = describe(recipient, reached, question, at);
    messages.push({ at, ...whom, audience, contactId, kind: told, reason });
    const arrived = { kind: 'opened', status: 'delivered', unanswered: 0 } as const;
    heard.push({ contactId, audience, escalationStep, occurrence, ...arrived });
  }
  for (const skip of reached.skips) {
    const isForNobody = !question.hasPatient && skip.reason === 'no_contact';
    const said = isForNobody ? { ...skip, reason: 'nobody_in_particular' } : skip;
    const key = `${said.reason} ${said.contactId ?? said.target}`;
    if (!skipped.has(key)) skipped.set(key, { ...said, at });
  }
}

function conclude(
  { at, severity, settings, routing }: SimulationQuestion,
  { messages, waits, skipped }: Story,
  { escalation }: Walk,
  isUnfinished: boolean,
): SimulatedRoute {
  const isReached = messages.some((each) => each.at === at && each.audience === 'team');
  const isSilent = settings.debug === true;
  const problems = new Set([...skipped.values()].flatMap(({ isProblem, reason }) => (isProblem ? [reason] : [])));
  if (isUrgent(severity) && !isReached) problems.add('nobody_beyond_the_app');
  if (isSilent) problems.add('debug_mode');
  return {
    policy: escalation?.policy,
    messages: messages.slice(0, MAX_SIMULATED_MESSAGES),
    isCut: messages.length >= MAX_SIMULATED_MESSAGES && isUnfinished,
    waits,
    inApp: (routing.team?.members ?? []).flatMap(({ memberId, userId }) => (userId ? [memberId] : [])),
    skipped: [...skipped.values()],
    problems: [...problems],
    ok: !isUrgent(severity) || (isReached && !isSilent),
  };
}

/** As if nothing else was told of the patient today. */
function putOffAt({ severity, settings, timeZone, routing }: SimulationQuestion, now: number): PutOff | undefined {
  if (isUrgent(severity)) return undefined;
  return putOffOf({ now, timeZone, settings, schedule: routing.team?.schedule, messagesToday: 0 });
}

function newLife(severity: AlertLife['severity'], at: number): AlertLife {
  return { state: 'open', signal: 'firing', severity, peakSeverity: severity, occurrence: 1, firedAt: at };
}

/** By the first of the team who was told. */
function takeOver(walk: Walk, messages: readonly SimulatedMessage[], at: number): Walk {
  const owner = messages.find(({ memberId }) => memberId !== undefined)?.memberId ?? 'nobody';
  return { ...walk, owner, alert: advanceAlert(walk.alert, { type: 'acknowledge', at, by: owner }).alert };
}

const lapse = (walk: Walk, at: number): Walk => ({
  ...walk,
  alert: advanceAlert(walk.alert, { type: 'acknowledgement_lapsed', at }).alert,
});

const earlier = (dueAt: number, takenOverAt: number | undefined, now: number): number =>
  takenOverAt !== undefined && takenOverAt > now ? Math.min(dueAt, takenOverAt) : dueAt;

interface Reached {
  readonly recipients: readonly Recipient[];
  readonly skips: readonly RouteSkip[];
  readonly escalation: Escalation | undefined;
}

function tell(
  { alert, escalation, owner }: Walk,
  scope: NotificationScope,
  heard: readonly ToldBefore[],
  { settings, routing, hasChannel, askOnCall, condition, direction, dead }: Asked,
  at: number,
): Reached {
  const question = { routing, hasChannel, askOnCall, at };
  const isAlive = ({ contactId = '' }: Recipient) => !dead.has(contactId);
  if (scope === 'owner') {
    const member = everybodyOf(routing).find(({ memberId }) => memberId === owner);
    const { contacts = [] } = (member && routeMember(member, question).person) ?? {};
    const recipients = contacts.map(({ contactId, channel }) => ({ contactId, channel, memberId: owner }));
    const skips = skipsOfDead([EVERY_MEMBER], dead, question).filter(({ memberId }) => memberId === owner);
    return { recipients: recipients.filter(isAlive), skips, escalation };
  }
  const asked = { ...alert, condition, direction, escalation };
  const told = [...asFailed(dead, alert.occurrence), ...heard];
  const taken = takeSteps({ alert: asked, telling: { scope }, told }, settings, question);
  const steps = taken.escalation.steps.slice(0, taken.escalation.next);
  const tried = taken.recipients.some(({ audience }) => audience === 'team') ? steps : [...steps, EVERY_MEMBER];
  const skips = [...taken.skips, ...skipsOfDead(tried, dead, question)];
  const recipients = taken.recipients.filter(isAlive);
  if (scope !== 'next_steps') return { ...taken, skips, recipients };
  const here = new Set(heard.flatMap((each) => (each.occurrence === alert.occurrence ? (each.contactId ?? []) : [])));
  return { ...taken, skips, recipients: recipients.filter(({ contactId }) => contactId && !here.has(contactId)) };
}

function announce(
  walk: Walk,
  { kind, scope, step }: { readonly kind: NotificationKind; readonly scope: NotificationScope; readonly step: number },
  { escalation }: Reached,
  at: number,
): Walk {
  const { severity, occurrence } = walk.alert;
  const isForAll = scope === 'start' || scope === 'again';
  return {
    ...walk,
    escalation,
    told: isForAll ? { kind, severity, occurrence, at } : walk.told,
    reminders: kind === 'reminder' ? step : walk.reminders,
    ownerRemindedAt: scope === 'owner' ? at : walk.ownerRemindedAt,
  };
}

function describe(
  { memberId, channel, audience = 'team', escalationStep }: Recipient,
  { escalation, skips }: Reached,
  { routing, hasChannel, askOnCall }: SimulationQuestion,
  at: number,
): Pick<SimulatedMessage, 'step' | 'target' | 'memberId' | 'role' | 'channel'> {
  const role = everybodyOf(routing).find((member) => member.memberId === memberId)?.role;
  const step = escalationStep === undefined ? undefined : escalation?.steps[escalationStep];
  // Nobody of the team was reached by a step then, so that none of them is told by one.
  const isInstead = audience === 'team' && skips.some(({ reason }) => reason === 'every_member_instead');
  const [only, ...others] = step?.targets ?? [];
  const target = isInstead
    ? { kind: 'team' as const }
    : others.length === 0
      ? only
      : step?.targets.find((each) => {
          if (audience !== 'team') return each.kind === audience;
          const { people } = routeStep({ ...step, targets: [each] }, { routing, hasChannel, askOnCall, at });
          return people.some((person) => person.memberId === memberId);
        });
  return { step: escalationStep, target: target?.kind, memberId, role, channel };
}
