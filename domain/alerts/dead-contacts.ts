// Contacts that nothing arrives at any more (`isDead`), for whoever asks what would become of an alert: they are tried, fail at once, and
// the next contact of the same person, or the next step, is told in their place.
import type { EscalationStep } from './escalation-policy.ts';
import type { RoutedContact, RoutedPerson, RouteQuestion, RouteSkip, Routing } from './route-step.ts';
import { everybodyOf, routeStep } from './route-step.ts';
import type { ToldBefore } from './take-steps.ts';

export function deadContactsIn(routing: Routing): ReadonlySet<string> {
  const ofMembers = everybodyOf(routing).flatMap(({ contacts }) => contacts);
  return new Set(
    [...ofMembers, ...routing.patient, ...routing.carers].flatMap(({ contactId, isDead }) => (isDead ? contactId : [])),
  );
}

/** As if each had been tried in this occurrence. */
export function asFailed(dead: ReadonlySet<string>, occurrence: number): ToldBefore[] {
  const failed = { audience: 'team', kind: 'opened', status: 'failed', unanswered: 0 } as const;
  return [...dead].map((contactId) => ({ ...failed, contactId, occurrence }));
}

/** Of those whom `steps` are for: what would be tried and fail. Empty where nothing is dead, without asking who is on call. */
export function skipsOfDead(
  steps: readonly EscalationStep[],
  dead: ReadonlySet<string>,
  question: RouteQuestion,
): RouteSkip[] {
  if (dead.size === 0) return [];
  return steps.flatMap((step) =>
    step.targets.flatMap((target) =>
      routeStep({ ...step, targets: [target] }, question).people.flatMap((person) =>
        triedInVain(person, step).map(({ contactId, channel }) => ({
          ...{ reason: 'dead_contact', target: target.kind, memberId: person.memberId, contactId, channel },
          isProblem: true,
        })),
      ),
    ),
  );
}

/** In order: those before the first that works. */
function triedInVain({ contacts }: RoutedPerson, { contacts: how }: EscalationStep): readonly RoutedContact[] {
  const working = contacts.findIndex(({ isDead }) => !isDead);
  const tried = how === 'all' || working < 0 ? contacts : contacts.slice(0, working);
  return tried.filter(({ isDead }) => isDead);
}
