// Contacts that nothing arrives at any more. The rule: of the contact's newest notifications that came to an end by being sent or given up,
// the last one failed for good. What was never sent (skipped, debug mode) and what is still tried says nothing; whatever arrives ends it,
// also a test of the team's alerting, or a code.
import type { RoutedTeam } from '../../domain/alerts/route-step.ts';
import type { Queryable } from './queryable.ts';
import { type RoutingQuestion, readRouting, type TeamRouting } from './read-routing.ts';

/** By the index of its notifications; one that has had more than so many since it failed is judged by these. */
const NEWEST = 100;

/** Of `contactId`, a column of a member's or patient's contact. Never null. */
export const isDeadContactSql = (contactId: string): string => `coalesce((
  select max(newest.settled_at) filter (where newest.status = 'failed') > coalesce(max(newest.settled_at) filter (where newest.status = 'delivered'), 0)
  from (select n.status, n.settled_at from notifications n where n.contact_id = ${contactId} order by n.created_at desc limit ${NEWEST}) newest
), false)`;

export async function readDeadContacts(db: Queryable, contactIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (contactIds.length === 0) return new Set();
  const { rows } = await db.query<{ contactId: string }>({
    name: 'contacts-dead',
    text: `select asked.contact_id as "contactId" from unnest($1::uuid[]) as asked(contact_id) where ${isDeadContactSql('asked.contact_id')}`,
    values: [contactIds],
  });
  return new Set(rows.map(({ contactId }) => contactId));
}

/** As `readRouting`, and which contacts are dead: for whoever asks what has to be mended. Alerting itself tries all. */
export async function readReach(db: Queryable, question: RoutingQuestion): Promise<TeamRouting> {
  const routing = await readRouting(db, question);
  const { team, backing, patient, carers } = routing;
  const teams = team ? [team, ...backing] : backing;
  const members = teams.flatMap((each) => each.members);
  const contacts = [...members.flatMap((member) => member.contacts), ...patient, ...carers];
  const dead = await readDeadContacts(
    db,
    contacts.map(({ contactId }) => contactId),
  );
  if (dead.size === 0) return routing;
  const mark = <T extends { readonly contactId: string }>(of: readonly T[]) =>
    of.map((contact) => (dead.has(contact.contactId) ? { ...contact, isDead: true } : contact));
  const markTeam = (of: RoutedTeam): RoutedTeam => ({
    ...of,
    members: of.members.map((member) => ({ ...member, contacts: mark(member.contacts) })),
  });
  return {
    ...routing,
    team: team && markTeam(team),
    backing: backing.map(markTeam),
    patient: mark(patient),
    carers: mark(carers),
  };
}
