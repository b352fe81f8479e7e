// Members of a care team. One with a username also holds the grant of their role on the team, for as long as they are in it.
import { type Kysely, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../database-schema.ts';
import { addGrant, endGrant, listGrants } from './grants.ts';
import {
  type ContactsDeps,
  type MemberContact,
  type NewContact,
  readMemberContacts,
  replaceMemberContacts,
} from './member-contacts.ts';
import { invalid } from './refusal.ts';
import { recordChange } from './registry-changes.ts';
import { MEMBER_ROLES, type MemberRole } from './role-permissions.ts';
import { findUserId } from './users.ts';
import type { Vault } from './vault.ts';

export interface NewMember {
  readonly name: string;
  readonly role: MemberRole;
  readonly username?: string | undefined;
  readonly contacts: readonly NewContact[];
}

export interface MemberChange {
  readonly name?: string | undefined;
  readonly role?: MemberRole | undefined;
  readonly contacts?: readonly NewContact[] | undefined;
}

export interface Member {
  readonly memberId: string;
  readonly teamId: string;
  readonly name: string;
  readonly role: MemberRole;
  readonly username?: string | undefined;
  readonly contacts: readonly MemberContact[];
}

/** Throws Refusal `invalid` for an unknown username or an unusable contact. */
export async function addMember(
  db: Kysely<Database>,
  deps: ContactsDeps,
  teamId: string,
  member: NewMember,
  createdBy: string,
): Promise<Member> {
  return db.transaction().execute(async (tx) => {
    const { name, role, username } = member;
    const userId = username === undefined ? undefined : await findUserId(tx, username);
    if (username !== undefined && userId === undefined)
      throw invalid('username', 'Nobody signs in by this name: create the user first, or leave it out.');
    const memberId = uuidv7();
    await tx
      .insertInto('members')
      .values({ member_id: memberId, team_id: teamId, name, role, user_id: userId ?? null })
      .execute();
    if (userId !== undefined) await addGrant(tx, userId, { role, teamId });
    const contacts = await replaceMemberContacts(tx, deps, memberId, member.contacts, createdBy);
    await recordChange(tx, 'team', teamId);
    return { memberId, teamId, name, role, username, contacts };
  });
}

/** Of those present. */
export async function readMemberNames(db: Kysely<Database>, teamId: string): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .selectFrom('members')
    .select(['member_id', 'name'])
    .where('team_id', '=', teamId)
    .where('left_at', 'is', null)
    .execute();
  return new Map(rows.map((row) => [row.member_id, row.name]));
}

/** Undefined where the team has no such member. */
export async function changeMember(
  db: Kysely<Database>,
  deps: ContactsDeps,
  teamId: string,
  memberId: string,
  change: MemberChange,
  changedBy: string,
): Promise<Member | undefined> {
  return db.transaction().execute(async (tx) => {
    const before = (await listMembers(tx, deps.vault, teamId)).find((member) => member.memberId === memberId);
    if (!before) return undefined;
    const { name = before.name, role = before.role } = change;
    await tx.updateTable('members').set({ name, role }).where('member_id', '=', memberId).execute();
    if (role !== before.role) await exchangeGrant(tx, teamId, before, role);
    const contacts =
      change.contacts === undefined
        ? before.contacts
        : await replaceMemberContacts(tx, deps, memberId, change.contacts, changedBy);
    await recordChange(tx, 'team', teamId);
    return { ...before, name, role, contacts };
  });
}

/** Whether there was such a member. */
export async function removeMember(db: Kysely<Database>, vault: Vault, teamId: string, memberId: string) {
  return db.transaction().execute(async (tx) => {
    const member = (await listMembers(tx, vault, teamId)).find((present) => present.memberId === memberId);
    if (!member) return false;
    await tx.updateTable('members').set({ left_at: sql<Date>`now()` }).where('member_id', '=', memberId).execute();
    await exchangeGrant(tx, teamId, member, undefined);
    await recordChange(tx, 'team', teamId);
    return true;
  });
}

/** Present members in the order they joined. */
export async function listMembers(db: Kysely<Database>, vault: Vault, teamId: string): Promise<Member[]> {
  const rows = await db
    .selectFrom('members as m')
    .leftJoin('users as u', 'u.user_id', 'm.user_id')
    .select(['m.member_id', 'm.name', 'm.role', 'u.username'])
    .where('m.team_id', '=', teamId)
    .where('m.left_at', 'is', null)
    .orderBy('m.member_id')
    .execute();
  const contacts = await readMemberContacts(
    db,
    vault,
    rows.map((row) => row.member_id),
  );
  return rows.map((row) => ({
    memberId: row.member_id,
    teamId,
    name: row.name,
    role: MEMBER_ROLES.find((role): role is MemberRole => role === row.role) ?? 'specialist',
    username: row.username ?? undefined,
    contacts: contacts.get(row.member_id) ?? [],
  }));
}

/** Ends the grant that came with the membership, and gives that of the new role if there is one. */
async function exchangeGrant(tx: Kysely<Database>, teamId: string, member: Member, role: MemberRole | undefined) {
  const row = await tx
    .selectFrom('members')
    .select('user_id')
    .where('member_id', '=', member.memberId)
    .executeTakeFirstOrThrow();
  const userId = row.user_id;
  if (userId === null) return;
  const grants = await listGrants(tx, { userId });
  const held = grants.find((grant) => grant.teamId === teamId && grant.role === member.role);
  if (held) await endGrant(tx, held.grantId);
  if (role) await addGrant(tx, userId, { role, teamId });
}
