// Care teams.
import Type from 'typebox';
import { backingProblem } from '../../domain/alerts/backing-problem.ts';
import { type Access, mayInOrganisation, teamsWith } from '../../storage/registry/access.ts';
import { notPermitted } from '../../storage/registry/find-in-scope.ts';
import { organisationExists } from '../../storage/registry/organisations.ts';
import { invalid, notFound } from '../../storage/registry/refusal.ts';
import { changeTeam, createTeam, listTeams, readBackings, type Team } from '../../storage/registry/teams.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { formatInstant } from '../instant.ts';
import { DEFAULT_LIMIT, readCursor, toPage } from '../page-cursor.ts';
import { callerOf } from '../route-access.ts';
import type { DashboardsServices } from '../services.ts';
import { InstantOut, OrNull, PAGE_QUERY, Page, Strict, TeamParams, Text, TimeZone, Uuid } from '../wire.ts';

const TeamWire = Type.Object({
  teamId: Uuid,
  name: Type.String(),
  timeZone: Type.String(),
  organisationId: Type.Optional(Uuid),
  backingOrganisationId: Type.Optional(Uuid),
  createdAt: InstantOut,
});
const toWire = (team: Team) => ({ ...team, createdAt: formatInstant(team.createdAt) });

export const teamRoutes: ApiRoutes = (services) => async (server) => {
  const { db } = services;
  const tags = ['teams'];

  server.post(
    '/teams',
    {
      config: { access: { permission: 'administer', over: 'anything' } },
      schema: {
        tags,
        body: Strict({
          name: Text(200),
          timeZone: Type.Optional(TimeZone),
          organisationId: Type.Optional(Uuid),
          backingOrganisationId: Type.Optional(Uuid),
        }),
        response: { 201: TeamWire },
      },
    },
    async (request, reply) => {
      await checkPlace(services, callerOf(request).access, request.body.organisationId);
      await checkBacking(services, request.body);
      return reply.code(201).send(toWire(await createTeam(db, request.body)));
    },
  );

  server.get(
    '/teams',
    {
      config: { access: 'signed_in' },
      schema: { tags, querystring: Strict(PAGE_QUERY), response: { 200: Page(TeamWire) } },
    },
    async (request) => {
      const { limit = DEFAULT_LIMIT, cursor } = request.query;
      const ids = teamsWith(callerOf(request).access, 'read');
      const teams = await listTeams(db, ids, readCursor(cursor, Uuid), limit + 1);
      return toPage(teams, limit, ({ teamId }) => teamId, toWire);
    },
  );

  server.get(
    '/teams/:teamId',
    {
      config: { access: { permission: 'read', over: 'team' } },
      schema: { tags, params: TeamParams, response: { 200: TeamWire } },
    },
    async (request) => {
      const [team] = await listTeams(db, [request.params.teamId]);
      if (!team) throw notFound('team');
      return toWire(team);
    },
  );

  server.patch(
    '/teams/:teamId',
    {
      config: { access: { permission: 'configure', over: 'team' } },
      schema: {
        tags,
        description:
          'null takes an organisation away. Moving a team needs the permission to administer where it is and where it goes.',
        params: TeamParams,
        body: Strict({
          name: Type.Optional(Text(200)),
          timeZone: Type.Optional(TimeZone),
          organisationId: Type.Optional(OrNull(Uuid)),
          backingOrganisationId: Type.Optional(OrNull(Uuid)),
        }),
        response: { 200: TeamWire },
      },
    },
    async (request) => {
      const { organisationId, backingOrganisationId } = request.body;
      const { access } = callerOf(request);
      if (organisationId !== undefined) await checkMove(services, access, request.params.teamId, organisationId);
      if (organisationId !== undefined || backingOrganisationId !== undefined)
        await checkBacking(services, request.body, request.params.teamId);
      return toWire(await changeTeam(db, request.params.teamId, request.body));
    },
  );
};

/** Nobody takes a team away from those who administer it now. To where it is already is no move. */
async function checkMove(
  services: DashboardsServices,
  access: Access,
  teamId: string,
  organisationId: string | null,
): Promise<void> {
  const [team] = await listTeams(services.db, [teamId]);
  const present = team?.organisationId;
  if (present === (organisationId ?? undefined)) return;
  const mayLeave =
    present === undefined ? access.everywhere.has('administer') : mayInOrganisation(access, 'administer', present);
  if (!mayLeave) throw notPermitted('administer');
  await checkPlace(services, access, organisationId);
}

/** Where a team belongs decides who sees its patients: only who administers that place may put a team there. */
async function checkPlace(
  { db }: DashboardsServices,
  access: Access,
  organisationId: string | null | undefined,
): Promise<void> {
  if (organisationId === undefined || organisationId === null) {
    if (!access.everywhere.has('administer')) throw notPermitted('administer');
  } else if (
    !mayInOrganisation(access, 'administer', organisationId) ||
    !(await organisationExists(db, organisationId))
  )
    throw invalid('organisationId', 'There is no such organisation that you administer.');
}

interface AskedPlace {
  readonly organisationId?: string | null | undefined;
  readonly backingOrganisationId?: string | null | undefined;
}

/** What `asked` leaves out stays as it is with the team. */
async function checkBacking({ db }: DashboardsServices, asked: AskedPlace, teamId?: string): Promise<void> {
  const { organisationId, backingOrganisationId } = asked;
  if (typeof backingOrganisationId === 'string' && !(await organisationExists(db, backingOrganisationId)))
    throw invalid('backingOrganisationId', 'There is no such organisation.');
  const [before] = teamId === undefined ? [] : await listTeams(db, [teamId]);
  const after = {
    organisationId: organisationId === undefined ? before?.organisationId : (organisationId ?? undefined),
    backingOrganisationId:
      backingOrganisationId === undefined ? before?.backingOrganisationId : (backingOrganisationId ?? undefined),
  };
  const problem = backingProblem(after, await readBackings(db, teamId));
  if (problem === undefined) return;
  throw invalid(backingOrganisationId === undefined ? 'organisationId' : 'backingOrganisationId', problem);
}
