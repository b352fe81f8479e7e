// How those who are signed in are reached themselves: contacts they enter, and the codes by which these count.
import Type from 'typebox';
import { sendContactCode, verifyContact } from '../../storage/registry/contact-codes.ts';
import { listMemberships, type Membership, putOwnContacts } from '../../storage/registry/own-contacts.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { formatInstant, formatOptionalInstant } from '../instant.ts';
import { pageOfAll } from '../page-cursor.ts';
import { callerOf } from '../route-access.ts';
import { InstantOut, PAGE_QUERY, Page, Strict, Uuid } from '../wire.ts';
import { EnteredBy } from './member-routes.ts';

const MAX_CONTACTS = 10;
const ContactIn = Strict({ channel: Type.String({ format: 'code' }), address: Type.String({ maxLength: 2000 }) });
const MembershipWire = Type.Object({
  teamId: Uuid,
  memberId: Uuid,
  contacts: Type.Array(
    Type.Object({
      contactId: Uuid,
      channel: Type.String(),
      address: Type.String(),
      verified: Type.Boolean({ description: 'Else nothing but its code is sent there yet.' }),
      enteredBy: EnteredBy,
      codeExpiresAt: Type.Optional(InstantOut),
      secret: Type.Optional(Type.String({ description: 'Only where it was made just now: it is not shown again.' })),
    }),
  ),
});
const ContactParams = Strict({ contactId: Uuid });

const toWire = ({ contacts, ...membership }: Membership) => ({
  ...membership,
  contacts: contacts.map((each) => ({ ...each, codeExpiresAt: formatOptionalInstant(each.codeExpiresAt) })),
});

export const ownContactRoutes: ApiRoutes =
  ({ db, vault, config, now }) =>
  async (server) => {
    const deps = { vault, plainHttpHosts: config.webhookAllow, channels: config.channels };
    const tags = ['users'];
    const forMe = { access: 'signed_in' } as const;

    server.get(
      '/users/me/contacts',
      {
        config: forMe,
        schema: {
          tags,
          description:
            'For each team that the caller is in. Those that a lead or admin entered are shown beside their own.',
          querystring: Strict(PAGE_QUERY),
          response: { 200: Page(MembershipWire) },
        },
      },
      async (request) => {
        const memberships = await listMemberships(db, vault, callerOf(request).userId, now());
        return pageOfAll(memberships, request.query, ({ memberId }) => memberId, toWire);
      },
    );

    server.put(
      '/users/me/contacts',
      {
        config: forMe,
        schema: {
          tags,
          description:
            'Takes the place of the contacts that the caller entered, never of those a lead or admin did. A new one gets a code by its own channel and counts once that is given back (verify); a push subscription counts at once.',
          body: Strict({
            teamId: Type.Optional(Uuid),
            contacts: Type.Array(ContactIn, { maxItems: MAX_CONTACTS }),
          }),
          response: { 200: MembershipWire },
        },
      },
      async (request) => {
        const { teamId, contacts } = request.body;
        const { userId } = callerOf(request);
        return toWire(await putOwnContacts(db, deps, { userId, teamId, contacts, now: now() }));
      },
    );

    server.post(
      '/users/me/contacts/:contactId/send-code',
      {
        config: forMe,
        schema: {
          tags,
          description: 'A new code; the one before it holds no more. At most one a minute and ten a day for a contact.',
          params: ContactParams,
          response: { 202: Type.Object({ contactId: Uuid, expiresAt: InstantOut }) },
        },
      },
      async (request, reply) => {
        const { userId } = callerOf(request);
        const { contactId } = request.params;
        const sent = await db
          .transaction()
          .execute((tx) => sendContactCode(tx, vault, { userId, contactId, now: now() }));
        return reply.code(202).send({ contactId, expiresAt: formatInstant(sent.expiresAt) });
      },
    );

    server.post(
      '/users/me/contacts/:contactId/verify',
      {
        config: forMe,
        schema: {
          tags,
          description: 'A code holds for 15 minutes and five attempts.',
          params: ContactParams,
          body: Strict({ code: Type.String({ format: 'six-digits' }) }),
          response: { 200: Type.Object({ contactId: Uuid, verified: Type.Boolean() }) },
        },
      },
      async (request) => {
        const { userId } = callerOf(request);
        const { contactId } = request.params;
        await verifyContact(db, vault, { userId, contactId, code: request.body.code, now: now() });
        return { contactId, verified: true };
      },
    );
  };
