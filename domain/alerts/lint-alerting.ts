// What a team should mend in how it can be reached before it matters: its schedule, its members' contacts, its policies. Findings, never
// refusals, and never an alert: people come and go after something was configured.
import { lintSchedule, type ScheduleFinding } from '../on-call/lint-schedule.ts';
import { SEVERITIES } from '../rules/rule.ts';
import type { AlertingSettings } from './alerting-settings.ts';
import { effectiveSettings } from './effective-settings.ts';
import { type EscalationPolicy, isForTeam } from './escalation-policy.ts';
import { firstStepForTeam, isForUrgent, URGENT_TEAM_WITHIN_MIN } from './first-step-for-team.ts';
import {
  askOnCallOnce,
  type RoutedContact,
  type RoutedMember,
  type RouteQuestion,
  routeStep,
  whyUnusable,
} from './route-step.ts';

/** Each kind with what it is about; steps are places in a policy, from 0. */
export type ReachFinding =
  | { readonly kind: 'no_members' | 'no_lead' | 'nobody_beyond_the_app' | 'debug_mode' }
  /**
   * `only_unconfirmed_push`: push subscriptions are taken at once, whoever's endpoint they name, and what takes a push is not known to show it.
   */
  | { readonly kind: 'member_without_channel' | 'only_unconfirmed_push'; readonly memberId: string }
  | {
      /** Of `dead_contact` its last message failed for good, and none has arrived since. */
      readonly kind: 'unverified_contact' | 'unknown_channel' | 'dead_contact';
      readonly memberId: string;
      readonly contactId: string;
      readonly channel: string;
    }
  /** Now, and whatever patient it is about. */
  | { readonly kind: 'step_reaches_nobody'; readonly policy: string; readonly step: number; readonly reason: string }
  /** It was written before that was refused. No step: it names nobody of the team at all. */
  | { readonly kind: 'urgent_comes_late'; readonly policy: string; readonly step?: number | undefined };
export type AlertingFinding = ReachFinding | Exclude<ScheduleFinding, { readonly kind: 'member_without_channel' }>;

export const ALERTING_FINDING_KINDS = [
  'debug_mode',
  'no_members',
  'nobody_beyond_the_app',
  'no_lead',
  'member_without_channel',
  'only_unconfirmed_push',
  'unverified_contact',
  'unknown_channel',
  'dead_contact',
  'step_reaches_nobody',
  'urgent_comes_late',
  'gap',
  'nobody_reachable',
  'overlap',
  'member_left',
  'holidays_unknown',
  'shift_unusable',
] as const satisfies readonly AlertingFinding['kind'][];

export interface LintQuestion extends RouteQuestion {
  readonly settings: AlertingSettings;
  /** How far the schedule is looked at, at most 399. */
  readonly days?: number | undefined;
}

/** As they are at `at`; of the schedule, within the days from then on. Empty where there is no team. */
export function lintAlerting(question: LintQuestion): AlertingFinding[] {
  const { routing, settings, at, days = 30, hasChannel } = question;
  const { team } = routing;
  if (team === undefined) return [];
  const { members, schedule } = team;
  const isReachable = (member: RoutedMember) => usableOf(member, hasChannel).length > 0;
  const linted = members.map((member) => ({ memberId: member.memberId, hasWorkingChannel: isReachable(member) }));
  return [
    ...(settings.debug ? [{ kind: 'debug_mode' } as const] : []),
    ...findWholes(members, isReachable),
    ...members.flatMap((member) => findContacts(member, usableOf(member, hasChannel), hasChannel)),
    ...findLateSteps(holdingPolicies(settings)),
    // Where nobody can be reached, no step says more.
    ...(members.some(isReachable) ? findEmptySteps(question) : []),
    ...(schedule ? lintSchedule(schedule, linted, at, days) : []).flatMap((finding) =>
      // Of whom there is one already, on duty or not.
      finding.kind === 'member_without_channel' ? [] : [finding],
    ),
  ];
}

function findWholes(
  members: readonly RoutedMember[],
  isReachable: (member: RoutedMember) => boolean,
): readonly AlertingFinding[] {
  if (members.length === 0) return [{ kind: 'no_members' }];
  return [
    ...(members.some(isReachable) ? [] : [{ kind: 'nobody_beyond_the_app' } as const]),
    ...(members.some(({ role }) => role === 'lead') ? [] : [{ kind: 'no_lead' } as const]),
  ];
}

function findContacts(
  { memberId, contacts }: RoutedMember,
  usable: readonly RoutedContact[],
  hasChannel: RouteQuestion['hasChannel'],
): readonly AlertingFinding[] {
  const broken = beyondTheApp(contacts).flatMap((contact): AlertingFinding[] => {
    const { contactId, channel } = contact;
    const kind = whatIsWrong(contact, hasChannel);
    return kind === undefined ? [] : [{ kind, memberId, contactId, channel }];
  });
  if (usable.length === 0) return [{ kind: 'member_without_channel', memberId }, ...broken];
  const isOnlyPush = usable.every(({ channel }) => channel === 'web_push');
  return isOnlyPush ? [{ kind: 'only_unconfirmed_push', memberId }, ...broken] : broken;
}

function holdingPolicies(settings: AlertingSettings): readonly EscalationPolicy[] {
  const { policies } = effectiveSettings(settings);
  // By what they are: a team's own may have the name of a default that holds beside it.
  return [...new Set(SEVERITIES.flatMap((severity) => policies[severity]))];
}

function findLateSteps(policies: readonly EscalationPolicy[]): readonly AlertingFinding[] {
  return policies.filter(isForUrgent).flatMap(({ name, steps }): AlertingFinding[] => {
    const first = firstStepForTeam(steps);
    if (first !== undefined && first.delayMin <= URGENT_TEAM_WITHIN_MIN) return [];
    return [{ kind: 'urgent_comes_late', policy: name, ...(first && { step: first.place }) }];
  });
}

/** Of the policies that can hold. A step for patient and carers alone is nobody's fault. */
function findEmptySteps(question: LintQuestion): readonly AlertingFinding[] {
  const asked = { askOnCall: askOnCallOnce(), ...question };
  return holdingPolicies(question.settings).flatMap(({ name, steps }) =>
    steps.flatMap((step, place): AlertingFinding[] => {
      const { people, skips } = routeStep(step, asked);
      const reason = skips.find(({ isProblem }) => isProblem)?.reason;
      const team = people.filter(({ audience }) => audience === 'team');
      if (team.some(({ contacts }) => contacts.some(({ isDead }) => !isDead)) || !isForTeam(step)) return [];
      const why = team.length > 0 ? 'dead_contact' : (reason ?? 'no_usable_contact');
      return [{ kind: 'step_reaches_nobody', policy: name, step: place, reason: why }];
    }),
  );
}

const usableOf = ({ contacts }: RoutedMember, hasChannel: RouteQuestion['hasChannel']) =>
  beyondTheApp(contacts).filter((contact) => whatIsWrong(contact, hasChannel) === undefined);

const beyondTheApp = (contacts: readonly RoutedContact[]) => contacts.filter(({ channel }) => channel !== 'in_app');

const whatIsWrong = (contact: RoutedContact, hasChannel: RouteQuestion['hasChannel']) =>
  whyUnusable(contact, hasChannel) ?? (contact.isDead ? 'dead_contact' : undefined);
