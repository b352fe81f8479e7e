// Who gets it: the steps of the alert's escalation that are due, each resolved now. Whom a step can't reach is skipped with a reason,
// counted and on the timeline, and is never an error; a step that reaches nobody brings the next one forward, and where none of them
// reaches anybody it is every member.
import { mayBeHeard } from '../../domain/alerts/may-be-heard.ts';
import {
  everybodyOf,
  type RoutedPerson,
  type RouteQuestion,
  type RouteSkip,
  routeMember,
} from '../../domain/alerts/route-step.ts';
import { type Recipient, takePatientAlone, takeSteps } from '../../domain/alerts/take-steps.ts';
import { readRouting } from '../../storage/alerts/read-routing.ts';
import type { TimelineEntry } from '../../storage/alerts/timeline.ts';
import type { Plan, PlanContext } from '../plan.ts';
import { isForPatientOnly } from '../rule-timing.ts';

export async function route(plan: Plan, context: PlanContext): Promise<Plan> {
  const { telling } = plan;
  if (!telling) return plan;
  if (telling.scope === 'end') return routeEnd(plan, context);
  const { teamId, patientKey } = plan.alert;
  const found = plan.routing ?? (await readRouting(context.tx, { teamId, patientKey }));
  const isTeamsAlone = plan.alert.test && !plan.alert.testIncludesPatient;
  const routing = isTeamsAlone ? { ...found, patient: [], carers: [] } : found;
  const question = { routing, at: context.now, hasChannel: (channel: string) => context.channels.has(channel) };
  if (telling.scope === 'owner') return routeOwner(plan, question);
  if (telling.scope === 'outside') return { ...plan, recipients: plan.nextOutside ?? [] };
  // What was urgent and nobody owns is still told to the team again.
  if (isForPatientOnly(plan.reasons) && telling.scope !== 'again') return routePatient(plan, question, context);
  const { escalation, recipients, skips: all } = takeSteps(plan, routing.settings, question);
  const skips = isTeamsAlone ? all.map(leftOutOfTest) : all;
  const isBeside = telling.scope === 'next_steps';
  const inApp = isBeside ? [] : inAppRecipients(question);
  const routed: Plan = {
    ...plan,
    alert: { ...plan.alert, escalation },
    recipients: [...recipients, ...inApp],
    timeline: [...plan.timeline, ...skipEach(plan, skips, context)],
  };
  // Further steps come, or somebody of the team is told now.
  const isUnderWay = escalation.nextAt !== undefined && !isBeside;
  if (isUnderWay || recipients.some(({ audience }) => audience === 'team')) return routed;
  // Of a step that only found its people told already there is nothing to tell.
  if (isBeside) return recipients.length > 0 ? routed : { ...routed, telling: undefined };
  return skipAll(routed, teamId === undefined ? 'no_responsible_team' : 'no_reachable_contact', context);
}

function leftOutOfTest(skip: RouteSkip): RouteSkip {
  return skip.target === 'patient' || skip.target === 'carer' ? { ...skip, reason: 'left_out_of_test' } : skip;
}

/** Its end is for those who follow alerts and have heard of this one, whichever team they are in by now. */
function routeEnd(plan: Plan, { channels }: PlanContext): Plan {
  const told = (plan.told ?? []).filter(mayBeHeard);
  // Patients and carers get advice, not the life of an alert.
  const followers = told.filter(({ channel, audience }) => audience === 'team' && channels.get(channel)?.follows);
  return { ...plan, recipients: [...new Map(followers.map((each) => [each.recipient, each])).values()] };
}

/** Whoever took it over, of the team or of the organisation behind it, by everything that reaches them. */
function routeOwner(plan: Plan, question: RouteQuestion): Plan {
  const { acknowledgedBy } = plan.alert;
  const member = everybodyOf(question.routing).find(({ userId }) => userId !== undefined && userId === acknowledgedBy);
  const person = member && routeMember(member, question).person;
  const inApp = acknowledgedBy ? [{ userId: acknowledgedBy, memberId: member?.memberId, channel: 'in_app' }] : [];
  return { ...plan, recipients: [...(person ? toRecipients(person) : []), ...inApp] };
}

/** At its present stage it is the patient's alone: the team hears of it once it is theirs, as of something new. */
function routePatient(plan: Plan, question: RouteQuestion, context: PlanContext): Plan {
  const { recipients, why } = takePatientAlone({ occurrence: plan.alert.occurrence, told: plan.told }, question);
  if (why !== undefined)
    return skipAll({ ...plan, telling: undefined }, 'meant_for_patient', context, { patient: why });
  return { ...plan, telling: plan.telling && { ...plan.telling, scope: 'patient' }, recipients };
}

function toRecipients({ audience, memberId, userId, contacts }: RoutedPerson): Recipient[] {
  return contacts.map(({ contactId, channel }) => ({ audience, memberId, userId, contactId, channel }));
}

/** Everybody of the team who can sign in, once. */
function inAppRecipients({ routing: { team } }: RouteQuestion): Recipient[] {
  const byUser = new Map<string, Recipient>();
  for (const { userId, memberId } of team?.members ?? [])
    if (userId) byUser.set(userId, { userId, memberId, channel: 'in_app' });
  return [...byUser.values()];
}

function skipAll(plan: Plan, reason: string, context: PlanContext, detail?: TimelineEntry['detail']): Plan {
  const entry = skip(plan, { reason }, context);
  return { ...plan, timeline: [...plan.timeline, { ...entry, detail: { ...entry.detail, ...detail } }] };
}

/** A contact each; whom a step found nobody for, by reason. */
function skipEach(plan: Plan, skips: readonly RouteSkip[], context: PlanContext): TimelineEntry[] {
  const steps = skips.filter(({ contactId }) => contactId === undefined);
  const contacts = skips.filter(({ contactId }) => contactId !== undefined).map((each) => skip(plan, each, context));
  const byReason = [...Map.groupBy(steps, ({ reason }) => reason)].map(([reason, some]): TimelineEntry => {
    if (some.some(({ isProblem }) => isProblem)) context.counters.contactSkips.inc({ reason });
    const detail = { targets: [...new Set(some.map(({ target }) => target))].join(' ') };
    return { alertId: plan.alert.alertId, at: context.now, event: 'step_skipped', reason, detail };
  });
  return [...byReason, ...contacts];
}

function skip(
  { alert, telling }: Plan,
  { reason, contactId, memberId, channel, target }: Partial<RouteSkip> & Pick<RouteSkip, 'reason'>,
  { now, counters }: PlanContext,
): TimelineEntry {
  counters.contactSkips.inc({ reason });
  const detail = { ...(telling && { kind: telling.kind }), ...(target && { target }) };
  return { alertId: alert.alertId, at: now, event: 'contact_skipped', reason, contactId, memberId, channel, detail };
}
