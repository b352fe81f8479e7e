// The steps of an escalation that are to be taken now, and whom they reach. Pure.
// Promise: no step is taken twice or left out; one that reaches nobody brings the next one forward; and where every step has been tried
// and reaches nobody of the team it is every member, whatever was configured.
import type { AlertingSettings } from '../domain/alerts/alerting-settings.ts';
import { type Escalation, isCurrent, startEscalation, takeStep } from '../domain/alerts/escalation.ts';
import { type EscalationStep, policyFor } from '../domain/alerts/escalation-policy.ts';
import {
  EVERY_MEMBER,
  type RoutedPerson,
  type RouteQuestion,
  type RouteSkip,
  routeStep,
} from '../domain/alerts/route-step.ts';
import type { Plan, Recipient } from './plan.ts';

export interface TakenSteps {
  readonly escalation: Escalation;
  readonly recipients: readonly Recipient[];
  readonly skips: readonly RouteSkip[];
}

type Question = Pick<Plan, 'alert' | 'telling' | 'told' | 'failure'>;

export function takeSteps(
  { alert, telling, told = [], failure }: Question,
  settings: AlertingSettings,
  question: RouteQuestion,
): TakenSteps {
  const { at } = question;
  const isNew = telling?.scope === 'start' || !isCurrent(alert.escalation, alert);
  let escalation =
    isNew || !alert.escalation
      ? startEscalation(policyFor(alert, settings.policies), alert, settings, at)
      : alert.escalation;
  const here = told.filter(({ occurrence }) => occurrence === alert.occurrence);
  const failed = new Set(
    here.flatMap(({ status, contactId }) => (status === 'failed' && contactId ? [contactId] : [])),
  );
  const recipients: Recipient[] = [];
  const skips: RouteSkip[] = [];

  for (const [index, step] of escalation.steps.slice(0, escalation.next).entries()) {
    const people = routeStep(step, question).people.filter(
      telling?.scope === 'again' ? isOfTeam : ({ contacts }) => contacts.some(({ contactId }) => failed.has(contactId)),
    );
    recipients.push(...reach(people, step, index, failed));
  }
  let isEarly = failure === 'step' && recipients.length === 0;
  while (escalation.nextAt !== undefined && (isEarly || escalation.nextAt <= at)) {
    const step = escalation.steps[escalation.next]!;
    const routed = routeStep(step, question);
    const reached = reach(routed.people, step, escalation.next, failed);
    recipients.push(...reached);
    skips.push(...routed.skips);
    isEarly = reached.length === 0;
    escalation = takeStep(escalation, at);
  }
  const isExhausted = escalation.nextAt === undefined && (telling?.scope !== 'next_steps' || failure === 'step');
  if (isExhausted && !recipients.some(({ audience }) => audience === 'team')) {
    const routed = routeStep(EVERY_MEMBER, question);
    const reached = reach(routed.people, EVERY_MEMBER, Math.max(0, escalation.next - 1), failed);
    recipients.push(...reached);
    skips.push(...routed.skips);
    if (reached.length > 0) skips.push({ reason: 'every_member_instead', target: 'team', isProblem: true });
  }
  return { escalation, recipients: once(recipients), skips: onceEach(skips) };
}

const isOfTeam = ({ audience }: RoutedPerson) => audience === 'team';

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
