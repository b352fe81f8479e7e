// Who may do what where. Nobody gives more than they have, nor where they have nothing.
import Type from 'typebox';
import { mayGrant, mayInOrganisation, mayInTeam } from '../../storage/registry/access.ts';
import { addGrant, endGrant, type GrantRecord, listGrants } from '../../storage/registry/grants.ts';
import { organisationExists } from '../../storage/registry/organisations.ts';
import { invalid, notFound, Refusal } from '../../storage/registry/refusal.ts';
import { ROLES } from '../../storage/registry/role-permissions.ts';
import { listTeams } from '../../storage/registry/teams.ts';
import { findUserId } from '../../storage/registry/users.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { formatInstant } from '../instant.ts';
import { pageOfAll } from '../page-cursor.ts';
import { callerOf } from '../route-access.ts';
import type { DashboardsServices } from '../services.ts';
import { InstantOut, PAGE_QUERY, Page, Strict, Text, Uuid } from '../wire.ts';

const Role = Type.Enum([...ROLES]);
export const Grant = Type.Object({
  grantId: Uuid,
  userId: Uuid,
  username: Type.String(),
  role: Role,
  organisationId: Type.Optional(Uuid),
  teamId: Type.Optional(Uuid),
  createdAt: InstantOut,
});

export const toGrantWire = (grant: GrantRecord) => ({ ...grant, createdAt: formatInstant(grant.createdAt) });

export const grantRoutes: ApiRoutes = (services) => async (server) => {
  const { db } = services;
  const tags = ['users'];

  server.post(
    '/grants',
    {
      config: { access: { permission: 'configure', over: 'anything' } },
      schema: {
        tags,
        description: 'Covers the team, or the organisation with all below it; with neither, the whole installation.',
        body: Strict({
          userId: Type.Optional(Uuid),
          username: Type.Optional(Text(64)),
          role: Role,
          organisationId: Type.Optional(Uuid),
          teamId: Type.Optional(Uuid),
        }),
        response: { 201: Grant },
      },
    },
    async (request, reply) => {
      const { role, organisationId, teamId } = request.body;
      const wanted = { role, organisationId, teamId };
      if (organisationId !== undefined && teamId !== undefined)
        throw invalid('organisationId', 'A grant covers an organisation or a team: give one of them.');
      await checkPlace(services, wanted);
      if (!mayGrant(callerOf(request).access, wanted))
        throw new Refusal('forbidden', 'You may only grant what you may do there yourself.', { field: 'role' });
      const userId = await checkUser(services, request.body);
      const grantId = await db.transaction().execute((tx) => addGrant(tx, userId, wanted));
      const [grant] = await listGrants(db, { grantId });
      return reply.code(201).send(toGrantWire(grant!));
    },
  );

  server.get(
    '/grants',
    {
      config: { access: { permission: 'configure', over: 'anything' } },
      schema: {
        tags,
        querystring: Strict({ ...PAGE_QUERY, userId: Type.Optional(Uuid) }),
        response: { 200: Page(Grant) },
      },
    },
    async (request) => {
      const { userId, ...page } = request.query;
      const grants = await listGrants(db, { userId });
      const { access } = callerOf(request);
      const isVisible = ({ organisationId, teamId }: GrantRecord) => {
        if (teamId !== undefined) return mayInTeam(access, 'configure', teamId);
        if (organisationId !== undefined) return mayInOrganisation(access, 'configure', organisationId);
        return access.everywhere.has('configure');
      };
      return pageOfAll(grants.filter(isVisible), page, ({ grantId }) => grantId, toGrantWire);
    },
  );

  server.delete(
    '/grants/:grantId',
    {
      config: { access: { permission: 'configure', over: 'anything' } },
      schema: {
        tags,
        description: 'The last administrator of the installation who can sign in stays (409).',
        params: Strict({ grantId: Uuid }),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { grantId } = request.params;
      const [grant] = await listGrants(db, { grantId });
      if (!grant || !mayGrant(callerOf(request).access, grant)) throw notFound('grant');
      await db.transaction().execute((tx) => endGrant(tx, grantId));
      return reply.code(204).send(null);
    },
  );
};

async function checkPlace(
  { db }: DashboardsServices,
  { organisationId, teamId }: { organisationId?: string | undefined; teamId?: string | undefined },
): Promise<void> {
  if (organisationId !== undefined && !(await organisationExists(db, organisationId)))
    throw invalid('organisationId', 'There is no such organisation.');
  if (teamId !== undefined && (await listTeams(db, [teamId])).length === 0)
    throw invalid('teamId', 'There is no such team.');
}

async function checkUser(
  { db }: DashboardsServices,
  { userId, username }: { userId?: string | undefined; username?: string | undefined },
): Promise<string> {
  if ((userId === undefined) === (username === undefined))
    throw invalid('userId', 'Name the user by userId or by username.');
  if (username !== undefined) {
    const found = await findUserId(db, username);
    if (found === undefined) throw invalid('username', 'There is no such user.');
    return found;
  }
  const row = await db.selectFrom('users').select('user_id').where('user_id', '=', userId!).executeTakeFirst();
  if (!row) throw invalid('userId', 'There is no such user.');
  return row.user_id;
}
