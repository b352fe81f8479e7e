// Organisations above and beside the teams. A single clinic never needs one.
import Type from 'typebox';
import { mayInOrganisation } from '../../storage/registry/access.ts';
import { notPermitted } from '../../storage/registry/find-in-scope.ts';
import {
  createOrganisation,
  listOrganisations,
  ORGANISATION_KINDS,
  type Organisation,
} from '../../storage/registry/organisations.ts';
import { invalid, notFound } from '../../storage/registry/refusal.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { formatInstant } from '../instant.ts';
import { DEFAULT_LIMIT, readCursor, toPage } from '../page-cursor.ts';
import { callerOf } from '../route-access.ts';
import { InstantOut, PAGE_QUERY, Page, Strict, Text, Uuid } from '../wire.ts';

const Kind = Type.Enum([...ORGANISATION_KINDS]);
const OrganisationWire = Type.Object({
  organisationId: Uuid,
  name: Type.String(),
  kind: Kind,
  parentId: Type.Optional(Uuid),
  createdAt: InstantOut,
});
const toWire = (organisation: Organisation) => ({ ...organisation, createdAt: formatInstant(organisation.createdAt) });

export const organisationRoutes: ApiRoutes =
  ({ db }) =>
  async (server) => {
    const tags = ['organisations'];

    server.post(
      '/organisations',
      {
        config: { access: { permission: 'administer', over: 'anything' } },
        schema: {
          tags,
          body: Strict({ name: Text(200), kind: Kind, parentId: Type.Optional(Uuid) }),
          response: { 201: OrganisationWire },
        },
      },
      async (request, reply) => {
        const { access } = callerOf(request);
        const { parentId } = request.body;
        // At the top of the tree only who administers all of it may add a tree.
        if (parentId === undefined && !access.everywhere.has('administer')) throw notPermitted('administer');
        const parents = parentId === undefined ? [] : await listOrganisations(db, [parentId], undefined, 1);
        if (parentId !== undefined && (parents.length === 0 || !mayInOrganisation(access, 'administer', parentId)))
          throw invalid('parentId', 'There is no such organisation that you administer.');
        return reply.code(201).send(toWire(await createOrganisation(db, request.body)));
      },
    );

    server.get(
      '/organisations',
      {
        config: { access: 'signed_in' },
        schema: { tags, querystring: Strict(PAGE_QUERY), response: { 200: Page(OrganisationWire) } },
      },
      async (request) => {
        const { limit = DEFAULT_LIMIT, cursor } = request.query;
        const { access } = callerOf(request);
        const ids = access.everywhere.has('read') ? undefined : [...access.organisations.keys()];
        const found = await listOrganisations(db, ids, readCursor(cursor, Uuid), limit + 1);
        return toPage(found, limit, ({ organisationId }) => organisationId, toWire);
      },
    );

    server.get(
      '/organisations/:organisationId',
      {
        config: { access: { permission: 'read', over: 'organisation' } },
        schema: { tags, params: Strict({ organisationId: Uuid }), response: { 200: OrganisationWire } },
      },
      async (request) => {
        const [organisation] = await listOrganisations(db, [request.params.organisationId], undefined, 1);
        if (!organisation) throw notFound('organisation');
        return toWire(organisation);
      },
    );
  };
