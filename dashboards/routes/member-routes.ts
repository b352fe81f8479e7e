// Members of a team and how they are reached. Who reads may see who is in the team; addresses are for those who configure it.
import Type from 'typebox';
import { mayGrant, mayInTeam } from '../../storage/registry/access.ts';
import { addMember, changeMember, listMembers, type Member, removeMember } from '../../storage/registry/members.ts';
import { notFound, Refusal } from '../../storage/registry/refusal.ts';
import { MEMBER_ROLES, type MemberRole } from '../../storage/registry/role-permissions.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { pageOfAll } from '../page-cursor.ts';
import { callerOf, type SignedIn } from '../route-access.ts';
import { PAGE_QUERY, Page, Strict, TeamParams, Text, Uuid } from '../wire.ts';

const MAX_CONTACTS = 20;
const Role = Type.Enum([...MEMBER_ROLES]);
const ContactIn = Strict({
  channel: Type.String({ format: 'code' }),
  address: Type.String({ maxLength: 2000 }),
  secret: Type.Optional(Type.String({ minLength: 16, maxLength: 200 })),
});
const ContactsIn = Type.Array(ContactIn, { maxItems: MAX_CONTACTS });
export const EnteredBy = Type.Enum(['team', 'member'], { description: 'member: by themselves (/users/me/contacts)' });
const ContactOut = Type.Object({
  contactId: Uuid,
  channel: Type.String(),
  address: Type.Optional(Type.String()),
  verified: Type.Boolean({ description: 'Else nothing is sent there yet.' }),
  enteredBy: EnteredBy,
  secret: Type.Optional(Type.String({ description: 'Only where it was made just now: it is not shown again.' })),
});
const MemberWire = Type.Object({
  memberId: Uuid,
  teamId: Uuid,
  name: Type.String(),
  role: Role,
  username: Type.Optional(Type.String()),
  contacts: Type.Array(ContactOut),
});
const MemberParams = Strict({ teamId: Uuid, memberId: Uuid });

const toWire = (member: Member) => ({ ...member, contacts: [...member.contacts] });

function withoutAddresses(member: Member) {
  const contacts = member.contacts.map(({ address: _address, secret: _secret, ...shown }) => shown);
  return { ...member, contacts };
}

export const memberRoutes: ApiRoutes =
  ({ db, vault, config }) =>
  async (server) => {
    const deps = { vault, plainHttpHosts: config.webhookAllow, channels: config.channels };
    const tags = ['teams'];
    const configure = { access: { permission: 'configure', over: 'team' } } as const;

    server.post(
      '/teams/:teamId/members',
      {
        config: configure,
        schema: {
          tags,
          description: 'With a username, that user may at once do in the team what the role allows.',
          params: TeamParams,
          body: Strict({
            name: Text(100),
            role: Role,
            username: Type.Optional(Text(64)),
            contacts: Type.Optional(ContactsIn),
          }),
          response: { 201: MemberWire },
        },
      },
      async (request, reply) => {
        const { teamId } = request.params;
        const { contacts = [], username, role, name } = request.body;
        const caller = callerOf(request);
        if (username !== undefined) checkMayGrant(caller, role, teamId);
        const member = await addMember(db, deps, teamId, { name, role, username, contacts }, caller.userId);
        return reply.code(201).send(toWire(member));
      },
    );

    server.get(
      '/teams/:teamId/members',
      {
        config: { access: { permission: 'read', over: 'team' } },
        schema: { tags, params: TeamParams, querystring: Strict(PAGE_QUERY), response: { 200: Page(MemberWire) } },
      },
      async (request) => {
        const { teamId } = request.params;
        const members = await listMembers(db, vault, teamId);
        const show = mayInTeam(callerOf(request).access, 'configure', teamId) ? toWire : withoutAddresses;
        return pageOfAll(members, request.query, ({ memberId }) => memberId, show);
      },
    );

    server.patch(
      '/teams/:teamId/members/:memberId',
      {
        config: configure,
        schema: {
          tags,
          description:
            'Contacts, where given, take the place of all present ones, those too that the member entered; one that stays keeps its secret.',
          params: MemberParams,
          body: Strict({
            name: Type.Optional(Text(100)),
            role: Type.Optional(Role),
            contacts: Type.Optional(ContactsIn),
          }),
          response: { 200: MemberWire },
        },
      },
      async (request) => {
        const { teamId, memberId } = request.params;
        const caller = callerOf(request);
        if (request.body.role !== undefined) checkMayGrant(caller, request.body.role, teamId);
        const member = await changeMember(db, deps, teamId, memberId, request.body, caller.userId);
        if (!member) throw notFound('member');
        return toWire(member);
      },
    );

    server.delete(
      '/teams/:teamId/members/:memberId',
      { config: configure, schema: { tags, params: MemberParams, response: { 204: Type.Null() } } },
      async (request, reply) => {
        const { teamId, memberId } = request.params;
        if (!(await removeMember(db, vault, teamId, memberId))) throw notFound('member');
        return reply.code(204).send(null);
      },
    );
  };

function checkMayGrant({ access }: SignedIn, role: MemberRole, teamId: string): void {
  if (!mayGrant(access, { role, teamId }))
    throw new Refusal('forbidden', 'You may only give a role that you could hold there yourself.', { field: 'role' });
}
