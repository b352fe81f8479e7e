// The steps of an escalation that are to be taken now, and whom they reach. Pure.
// Promise: no step is taken twice or left out; one that reaches nobody brings the next one forward; and where every step has been tried
// and reaches nobody of the team it is every member, whatever was configured.
import type { AlertingSettings } from './alerting-settings.ts';
import type { NotificationScope } from './decide-notification.ts';
import { type Escalation, isCurrent, startEscalation, takeStep } from './escalation.ts';
import { type EscalationStep, isForTeam, PATIENT_ALONE, type PolicyQuestion, policyFor } from './escalation-policy.ts';
import { type Attempted, countsAsTold, isLost } from './may-be-heard.ts';
import {
  type Audience,
  askOnCallOnce,
  EVERY_MEMBER,
  type RoutedPerson,
  type RouteQuestion,
  type RouteSkip,
  routeStep,
} from './route-step.ts';

export interface TakenSteps {
  readonly escalation: Escalation;
  readonly recipients: readonly Recipient[];
  readonly skips: readonly RouteSkip[];
}

/** A contact that a step reaches. */
export interface Recipient {
  readonly channel: string;
  /** Absent: the team. */
  readonly audience?: Audience | undefined;
  /** Place in the escalation of the step that reaches them. */
  readonly escalationStep?: number | undefined;
  readonly contactId?: string | undefined;
  readonly memberId?: string | undefined;
  readonly userId?: string | undefined;
}

/** What a contact was told of the alert before. */
export interface ToldBefore extends Attempted {
  readonly occurrence: number;
  readonly audience: Audience;
  readonly escalationStep?: number | undefined;
  readonly contactId?: string | undefined;
}

interface Question {
  readonly alert: PolicyQuestion & { readonly occurrence: number; readonly escalation?: Escalation | undefined };
  readonly telling?: { readonly scope: NotificationScope | 'patient' } | undefined;
  readonly told?: readonly ToldBefore[] | undefined;
}

/** What happens in one plan: whom it reaches, and whom it could not. */
interface Reached {
  readonly recipients: Recipient[];
  readonly skips: RouteSkip[];
}

export function takeSteps(plan: Question, settings: AlertingSettings, asked: RouteQuestion): TakenSteps {
  const question = { askOnCall: askOnCallOnce(), ...asked };
  const { alert, telling } = plan;
  const isNew = telling?.scope === 'start' || !isCurrent(alert.escalation, alert);
  const begun =
    isNew || !alert.escalation
      ? startEscalation(policyFor(alert, settings.policies), alert, settings, question.at)
      : alert.escalation;
  const history = historyOf(alert, plan.told);
  const reached: Reached = { recipients: takenBefore(plan, begun, question, history), skips: [] };
  const escalation = takeDue(begun, question, history, reached);
  if (escalation.nextAt === undefined) tellEveryMember(plan, escalation, question, history, reached);
  return { escalation, recipients: once(reached.recipients), skips: onceEach(reached.skips) };
}

/** Of patient and carers whom `steps` name: the next contact of each who was not reached, unless it was tried in this occurrence. */
export function nextOutside(
  steps: readonly EscalationStep[],
  { occurrence, told = [] }: { readonly occurrence: number; readonly told?: readonly ToldBefore[] | undefined },
  question: RouteQuestion,
): Recipient[] {
  const taken = { steps, next: steps.length };
  const left = takenBefore({ telling: undefined }, taken, question, historyOf({ occurrence }, told));
  const tried = new Set(told.flatMap((each) => (each.occurrence === occurrence ? (each.contactId ?? []) : [])));
  return once(left).filter(
    ({ audience, contactId }) => audience !== 'team' && contactId !== undefined && !tried.has(contactId),
  );
}

/** At a stage that is theirs alone: the first contact of the patient that has not failed in this occurrence; where there is none, why. */
export function takePatientAlone(
  { occurrence, told }: { readonly occurrence: number; readonly told?: readonly ToldBefore[] | undefined },
  question: RouteQuestion,
): { readonly recipients: readonly Recipient[]; readonly why?: string | undefined } {
  const step = PATIENT_ALONE.steps[0]!;
  const { people, skips } = routeStep(step, question);
  // It is no step of the escalation that the team's stage begins with.
  const recipients = reach(people, step, 0, historyOf({ occurrence }, told).failed).map(
    ({ escalationStep: _, ...whom }) => whom,
  );
  return recipients.length > 0 ? { recipients } : { recipients, why: skips[0]?.reason ?? 'delivery_failed' };
}

interface History {
  /** Contacts that failed for good, or are stuck, when they were tried last in this occurrence. */
  readonly failed: ReadonlySet<string>;
  /** Contacts that have heard of this occurrence, are going to, or may have. */
  readonly heard: ReadonlySet<string>;
  readonly isTeamReached: boolean;
}

function historyOf({ occurrence }: { readonly occurrence: number }, told: readonly ToldBefore[] = []): History {
  const here = told.filter((each) => each.occurrence === occurrence);
  const last = new Map(here.map((each) => [each.contactId, each]));
  const failed = new Set([...last].flatMap(([contactId, each]) => (isLost(each) && contactId ? contactId : [])));
  const hearing = here.filter(
    (each) => countsAsTold(each) && each.contactId !== undefined && !failed.has(each.contactId),
  );
  return {
    failed,
    heard: new Set(hearing.flatMap(({ contactId }) => contactId ?? [])),
    isTeamReached: hearing.some(({ audience }) => audience === 'team'),
  };
}

/** Of a repetition everybody of the team whom they reach now; else only who has not heard of it: their contact failed, or the shift changed. */
function takenBefore(
  { telling }: Pick<Question, 'telling'>,
  { steps, next }: Pick<Escalation, 'steps' | 'next'>,
  question: RouteQuestion,
  history: History,
) {
  const isAgain = telling?.scope === 'again';
  return steps.slice(0, next).flatMap((step, index) => {
    const people = routeStep(step, question).people.filter(
      ({ audience, contacts }) =>
        (isAgain && audience === 'team') || !contacts.some(({ contactId }) => history.heard.has(contactId)),
    );
    return reach(people, step, index, history.failed);
  });
}

/** Those that are due, and as long as they reach nobody those after them. */
function takeDue(
  begun: Escalation,
  question: RouteQuestion,
  { failed, isTeamReached }: History,
  to: Reached,
): Escalation {
  let escalation = begun;
  /** A patient without a contact is no reason to wake the lead while somebody of the team knows; one who has heard is no team. */
  const isInVain = (index: number, reached: readonly Recipient[]) => {
    const step = begun.steps[index];
    if (reached.length === 0 && step && isForTeam(step)) return true;
    const isTeamTried = begun.steps.slice(0, index).some(isForTeam);
    const isTeamTold = isTeamReached || to.recipients.some(({ audience }) => audience === 'team');
    return !isTeamTold && (isTeamTried || reached.length === 0);
  };
  const last = begun.steps[begun.next - 1];
  const lastReach = last && reach(routeStep(last, question).people, last, begun.next - 1, failed);
  let isEarly = lastReach !== undefined && isInVain(begun.next - 1, lastReach);
  while (escalation.nextAt !== undefined && (isEarly || escalation.nextAt <= question.at)) {
    const step = escalation.steps[escalation.next]!;
    const routed = routeStep(step, question);
    const reached = reach(routed.people, step, escalation.next, failed);
    to.recipients.push(...reached);
    to.skips.push(...routed.skips);
    isEarly = isInVain(escalation.next, reached);
    escalation = takeStep(escalation, question.at);
  }
  return escalation;
}

/** Every step was tried: where they reach nobody of the team it is all of it, if need be by contacts that failed before. */
function tellEveryMember(
  { telling }: Question,
  { next }: Escalation,
  question: RouteQuestion,
  { failed, isTeamReached }: History,
  to: Reached,
): void {
  if (to.recipients.some(({ audience }) => audience === 'team')) return;
  if (telling?.scope === 'next_steps' && isTeamReached) return;
  const { people, skips } = routeStep(EVERY_MEMBER, question);
  const left = reach(people, EVERY_MEMBER, Math.max(0, next - 1), failed);
  // What fails for good may work again by the next repetition, and there is nobody else.
  const isLast = left.length === 0 && telling?.scope === 'again';
  const reached = isLast ? reach(people, EVERY_MEMBER, Math.max(0, next - 1), new Set()) : left;
  to.recipients.push(...reached);
  to.skips.push(...skips);
  if (reached.length > 0) to.skips.push({ reason: 'every_member_instead', target: 'team', isProblem: true });
}

/** In order: the first contact that has not failed for good; where all have, nobody. */
function reach(
  people: readonly RoutedPerson[],
  { contacts: how = 'in_order' }: EscalationStep,
  escalationStep: number,
  failed: ReadonlySet<string>,
): Recipient[] {
  return people.flatMap(({ audience, memberId, userId, contacts }) => {
    const left = contacts.filter(({ contactId }) => !failed.has(contactId));
    const used = how === 'all' ? left : left.slice(0, 1);
    return used.map(({ contactId, channel }) => ({ audience, memberId, userId, contactId, channel, escalationStep }));
  });
}

/** Of the first step that names them. */
function once(recipients: readonly Recipient[]): Recipient[] {
  const byContact = new Map<string, Recipient>();
  for (const recipient of recipients)
    if (recipient.contactId && !byContact.has(recipient.contactId)) byContact.set(recipient.contactId, recipient);
  return [...byContact.values()];
}

function onceEach(skips: readonly RouteSkip[]): RouteSkip[] {
  return [...new Map(skips.map((each) => [`${each.reason} ${each.contactId ?? each.target}`, each])).values()];
}
