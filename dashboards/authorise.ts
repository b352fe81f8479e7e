// Whether the caller may do what the route does to what its path names; one hook for all routes. What lies out of scope is not there.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { mayAnywhere, mayInOrganisation, mayInTeam } from '../storage/registry/access.ts';
import { findDevice, findPatient, notPermitted } from '../storage/registry/find-in-scope.ts';
import { notFound } from '../storage/registry/refusal.ts';
import { callerOf, type RouteAccess } from './route-access.ts';
import type { DashboardsServices } from './services.ts';

type Checked = Exclude<RouteAccess, string>;

export function authorise(server: FastifyInstance, services: DashboardsServices): void {
  server.decorateRequest('patient', undefined);
  server.decorateRequest('device', undefined);

  server.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD' && route.config?.access === undefined)
      throw new Error(`${String(route.method)} ${route.url} does not say who may call it (config.access)`);
  });

  server.addHook('preHandler', async (request) => {
    const { access } = request.routeOptions.config;
    if (access === undefined || access === 'public' || access === 'signed_in') return;
    await check(services, request, access);
    if (access.opens !== undefined && request.patient) {
      await services.audit.addOpenings(callerOf(request), [request.patient.patientKey], access.opens, services.now());
    }
  });
}

async function check({ db }: DashboardsServices, request: FastifyRequest, { permission, over }: Checked) {
  const { access } = callerOf(request);
  const id = (name: string) => (request.params as Readonly<Record<string, string>>)[name] ?? '';
  switch (over) {
    case 'patient':
      request.patient = await findPatient(db, access, id('patientId'), permission);
      return;
    case 'device':
      request.device = await findDevice(db, access, id('deviceId'), permission);
      return;
    case 'team':
      if (!mayInTeam(access, 'read', id('teamId')) || !(await teamExists(db, id('teamId')))) throw notFound('team');
      if (!mayInTeam(access, permission, id('teamId'))) throw notPermitted(permission);
      return;
    case 'organisation':
      if (!mayInOrganisation(access, 'read', id('organisationId'))) throw notFound('organisation');
      if (!mayInOrganisation(access, permission, id('organisationId'))) throw notPermitted(permission);
      return;
    case 'installation':
      if (!access.everywhere.has(permission)) throw notPermitted(permission);
      return;
    case 'anything':
      if (!mayAnywhere(access, permission)) throw notPermitted(permission);
      return;
  }
}

/** Who may everything has every id in scope, also those of no team. */
async function teamExists(db: DashboardsServices['db'], teamId: string): Promise<boolean> {
  const row = await db.selectFrom('teams').select('team_id').where('team_id', '=', teamId).executeTakeFirst();
  return row !== undefined;
}
