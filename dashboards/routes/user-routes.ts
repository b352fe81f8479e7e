// People who sign in.
import Type from 'typebox';
import type { Access } from '../../storage/registry/access.ts';
import { listGrants } from '../../storage/registry/grants.ts';
import { notFound } from '../../storage/registry/refusal.ts';
import { ROLE_PERMISSIONS } from '../../storage/registry/role-permissions.ts';
import {
  changeOwnPassword,
  changeUser,
  createUser,
  listUsers,
  type User,
  type UserScope,
} from '../../storage/registry/users.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { formatInstant, formatOptionalInstant } from '../instant.ts';
import { DEFAULT_LIMIT, readCursor, toPage } from '../page-cursor.ts';
import { callerOf } from '../route-access.ts';
import { InstantOut, PAGE_QUERY, Page, Strict, Uuid } from '../wire.ts';
import { Grant, toGrantWire } from './grant-routes.ts';

const Username = Type.String({ format: 'username' });
const Password = Type.String({ minLength: 8, maxLength: 256 });
const UserWire = Type.Object({
  userId: Uuid,
  username: Type.String(),
  createdAt: InstantOut,
  disabledAt: Type.Optional(InstantOut),
});
const Me = Type.Object({
  userId: Uuid,
  username: Type.String(),
  grants: Type.Array(Type.Intersect([Grant, Type.Object({ permissions: Type.Array(Type.String()) })])),
});

const toWire = ({ userId, username, createdAt, disabledAt }: User) => ({
  userId,
  username,
  createdAt: formatInstant(createdAt),
  disabledAt: formatOptionalInstant(disabledAt),
});

export const userRoutes: ApiRoutes =
  ({ db }) =>
  async (server) => {
    const tags = ['users'];

    server.post(
      '/users',
      {
        config: { access: { permission: 'administer', over: 'anything' } },
        schema: {
          tags,
          description: 'A user may do nothing until there is a grant, or a membership in a team that names them.',
          body: Strict({ username: Username, password: Password }),
          response: { 201: UserWire },
        },
      },
      async (request, reply) => {
        const { username, password } = request.body;
        return reply.code(201).send(toWire(await createUser(db, username, password)));
      },
    );

    server.get(
      '/users',
      {
        config: { access: { permission: 'administer', over: 'anything' } },
        schema: {
          tags,
          description:
            'Those with a grant or a membership below what the caller administers, past ones too. A user who has just been created is there once they are granted something.',
          querystring: Strict(PAGE_QUERY),
          response: { 200: Page(UserWire) },
        },
      },
      async (request) => {
        const { limit = DEFAULT_LIMIT, cursor } = request.query;
        const users = await listUsers(
          db,
          administeredBy(callerOf(request).access),
          readCursor(cursor, Uuid),
          limit + 1,
        );
        return toPage(users, limit, ({ userId }) => userId, toWire);
      },
    );

    server.patch(
      '/users/:userId',
      {
        config: { access: { permission: 'administer', over: 'installation' } },
        schema: {
          tags,
          description: 'A new password, like disabling, ends all of the user’s sessions and tokens.',
          params: Strict({ userId: Uuid }),
          body: Strict({ password: Type.Optional(Password), disabled: Type.Optional(Type.Boolean()) }),
          response: { 200: UserWire },
        },
      },
      async (request) => {
        const changed = await changeUser(db, request.params.userId, request.body);
        if (!changed) throw notFound('user');
        return toWire(changed);
      },
    );

    server.get(
      '/users/me',
      { config: { access: 'signed_in' }, schema: { tags, response: { 200: Me } } },
      async (request) => {
        const { userId, username } = callerOf(request);
        const grants = await listGrants(db, { userId });
        const withPermissions = grants.map((grant) => ({
          ...toGrantWire(grant),
          permissions: [...ROLE_PERMISSIONS[grant.role]],
        }));
        return { userId, username, grants: withPermissions };
      },
    );

    server.put(
      '/users/me/password',
      {
        config: { access: 'signed_in' },
        schema: {
          tags,
          description: 'Ends all sessions and tokens, this one too.',
          body: Strict({ presentPassword: Type.String({ maxLength: 256 }), password: Password }),
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const { presentPassword, password } = request.body;
        await changeOwnPassword(db, callerOf(request).userId, presentPassword, password);
        return reply.code(204).send(null);
      },
    );
  };

/** Undefined: everything. */
function administeredBy({ everywhere, teams, organisations }: Access): UserScope | undefined {
  if (everywhere.has('administer')) return undefined;
  const idsOf = (places: Access['teams']) =>
    [...places].filter(([, held]) => held.has('administer')).map(([placeId]) => placeId);
  return { teamIds: idsOf(teams), organisationIds: idsOf(organisations) };
}
