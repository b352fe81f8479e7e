// Whom a step of an escalation reaches now: pure, so that what would happen can be asked as well as done.
// Promise: whoever can't be reached is named with the reason why; a step that reaches nobody says so, and is no error.
import { onCallAt } from '../on-call/on-call.ts';
import type { OnCall, OnCallSchedule } from '../on-call/on-call-schedule.ts';
import type { EscalationStep, EscalationTarget } from './escalation-policy.ts';

export interface RoutedContact {
  readonly contactId: string;
  readonly channel: string;
  /** Of a patient's contact: consent. */
  readonly verified: boolean;
  /** Its last message failed for good, and none has arrived since. Routing tries it all the same: it may work again. */
  readonly isDead?: boolean | undefined;
}

export interface RoutedMember {
  readonly memberId: string;
  readonly userId?: string | undefined;
  readonly role: string;
  /** In the member's own order. */
  readonly contacts: readonly RoutedContact[];
}

export interface RoutedTeam {
  readonly teamId: string;
  readonly schedule?: OnCallSchedule | undefined;
  /** Present ones, in the order they joined. */
  readonly members: readonly RoutedMember[];
}

export interface Routing {
  /** Absent while nobody is responsible. */
  readonly team?: RoutedTeam | undefined;
  /** Of the organisation behind it. */
  readonly backing: readonly RoutedTeam[];
  readonly patient: readonly RoutedContact[];
  /** A list each, in their order. */
  readonly carers: readonly RoutedContact[];
}

export type Audience = 'team' | 'patient' | 'carer';

/** One person as a step reaches them. */
export interface RoutedPerson {
  readonly audience: Audience;
  readonly memberId?: string | undefined;
  readonly userId?: string | undefined;
  /** Those that can be used, in order. */
  readonly contacts: readonly RoutedContact[];
}

export interface RouteSkip {
  readonly reason: string;
  readonly target: EscalationTarget['kind'];
  readonly memberId?: string | undefined;
  readonly contactId?: string | undefined;
  readonly channel?: string | undefined;
  /** Somebody has to mend it; a patient without a contact is none. */
  readonly isProblem: boolean;
}

export interface RoutedStep {
  readonly people: readonly RoutedPerson[];
  readonly skips: readonly RouteSkip[];
}

export interface RouteQuestion {
  readonly routing: Routing;
  /** Epoch ms. */
  readonly at: number;
  /** Whether this installation has the channel. */
  readonly hasChannel: (channel: string) => boolean;
  /** For whoever asks of one schedule again and again; absent: the schedule is asked each time. */
  readonly askOnCall?: AskOnCall | undefined;
}

export type AskOnCall = (schedule: OnCallSchedule, at: number) => OnCall;

/** Asks each schedule once: for many steps of one instant. */
export function askOnCallOnce(): AskOnCall {
  const known = new Map<OnCallSchedule, OnCall>();
  return (schedule, at) => {
    const answer = known.get(schedule) ?? onCallAt(schedule, at);
    known.set(schedule, answer);
    return answer;
  };
}

interface Found {
  readonly members: readonly RoutedMember[];
  /** Why there is nobody. */
  readonly empty?: string | undefined;
}

export function routeStep({ targets, channels }: EscalationStep, question: RouteQuestion): RoutedStep {
  const people = new Map<string, RoutedPerson>();
  const skips: RouteSkip[] = [];
  for (const target of targets) {
    if (target.kind === 'patient' || target.kind === 'carer') {
      const { person, skip } = routeOutside(target.kind, question, channels);
      if (person) people.set(target.kind, person);
      skips.push(...skip);
      continue;
    }
    const { members, empty } = membersOf(target, question);
    if (empty !== undefined) skips.push({ reason: empty, target: target.kind, isProblem: true });
    for (const member of members) {
      const { person, skip } = routeMember(member, question, target.kind, channels);
      if (person) people.set(member.memberId, person);
      skips.push(...skip);
    }
  }
  return { people: [...people.values()], skips };
}

interface RoutedOne {
  /** Absent where no contact can be used. A member who has only the app is no fault of theirs: it is open to them all the same. */
  readonly person?: RoutedPerson | undefined;
  readonly skip: readonly RouteSkip[];
}

export function routeMember(
  { memberId, userId, contacts }: RoutedMember,
  question: RouteQuestion,
  target: EscalationTarget['kind'] = 'member',
  channels?: readonly string[] | undefined,
): RoutedOne {
  const { usable, skip } = usableOf(contacts, { target, memberId }, question, channels);
  return { skip, ...(usable.length > 0 && { person: { audience: 'team', memberId, userId, contacts: usable } }) };
}

/** Of the team, and of the teams behind it. */
export function everybodyOf({ team, backing }: Routing): readonly RoutedMember[] {
  return [team, ...backing].flatMap((each) => each?.members ?? []);
}

/** Every member of the team that is responsible: what holds when nothing that was configured reaches anybody. */
export const EVERY_MEMBER: EscalationStep = { delayMin: 0, targets: [{ kind: 'team' }], contacts: 'all' };

function membersOf(
  { kind, role, memberId }: EscalationTarget,
  { routing: { team, backing }, at, askOnCall = onCallAt }: RouteQuestion,
): Found {
  if (kind === 'backing_organisation') {
    const members = backing.flatMap((each) => onCallOf(each, at, askOnCall).members);
    return members.length > 0 ? { members } : { members, empty: 'nobody_in_backing_organisation' };
  }
  if (team === undefined) return { members: [], empty: 'no_responsible_team' };
  const { members } = team;
  if (kind === 'on_call') return onCallOf(team, at, askOnCall);
  if (kind === 'member') {
    const found = members.filter((member) => member.memberId === memberId);
    return found.length > 0 ? { members: found } : { members: found, empty: 'member_has_left' };
  }
  if (kind === 'role') {
    const found = members.filter((member) => member.role === role);
    if (found.length > 0) return { members: found };
    // DESIGN §6: where it has no lead, that step is every member.
    return role === 'lead' && members.length > 0 ? { members } : { members: [], empty: 'nobody_has_this_role' };
  }
  return members.length > 0 ? { members } : { members, empty: 'team_has_no_members' };
}

function onCallOf({ schedule, members }: RoutedTeam, at: number, askOnCall: AskOnCall): Found {
  if (schedule === undefined) return members.length > 0 ? { members } : { members, empty: 'team_has_no_members' };
  const { members: onCall, gap } = askOnCall(schedule, at);
  const found = onCall.flatMap(({ memberId }) => members.find((member) => member.memberId === memberId) ?? []);
  return found.length > 0 ? { members: found } : { members: found, empty: gap ?? 'on_call_has_left' };
}

function routeOutside(
  kind: 'patient' | 'carer',
  question: RouteQuestion,
  channels: readonly string[] | undefined,
): RoutedOne {
  const given = kind === 'patient' ? question.routing.patient : question.routing.carers;
  if (given.length === 0) return { skip: [{ reason: 'no_contact', target: kind, isProblem: false }] };
  const consenting = given.filter(({ verified }) => verified);
  if (consenting.length === 0) return { skip: [{ reason: 'no_consent', target: kind, isProblem: false }] };
  const { usable, skip } = usableOf(consenting, { target: kind }, question, channels);
  if (usable.length > 0) return { person: { audience: kind, contacts: usable }, skip };
  // In-app is for who can sign in.
  return { skip: skip.length > 0 ? skip : [{ reason: 'no_contact', target: kind, isProblem: false }] };
}

function usableOf(
  contacts: readonly RoutedContact[],
  whose: Pick<RouteSkip, 'target' | 'memberId'>,
  { hasChannel }: RouteQuestion,
  channels: readonly string[] | undefined,
): { readonly usable: readonly RoutedContact[]; readonly skip: readonly RouteSkip[] } {
  const usable: RoutedContact[] = [];
  const skip: RouteSkip[] = [];
  for (const contact of contacts) {
    const { contactId, channel } = contact;
    // In-app has an entry of its own for everybody who can sign in.
    if (channel === 'in_app' || (channels !== undefined && !channels.includes(channel))) continue;
    const reason = whyUnusable(contact, hasChannel);
    if (reason === undefined) usable.push(contact);
    else skip.push({ ...whose, reason, contactId, channel, isProblem: true });
  }
  return { usable, skip };
}

/** Of a contact beside the app. Undefined: it can be used. */
export function whyUnusable({ channel, verified }: RoutedContact, hasChannel: RouteQuestion['hasChannel']) {
  if (!hasChannel(channel)) return 'unknown_channel';
  return verified ? undefined : 'unverified_contact';
}
