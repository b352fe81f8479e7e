// For whom a question about a team's alerting is asked: a team, or a patient and the team that is responsible now.
import { mayInTeam } from '../storage/registry/access.ts';
import { findPatient, notPermitted } from '../storage/registry/find-in-scope.ts';
import { invalid, notFound } from '../storage/registry/refusal.ts';
import type { Permission } from '../storage/registry/role-permissions.ts';
import { listTeams } from '../storage/registry/teams.ts';
import type { SignedIn } from './route-access.ts';
import type { DashboardsServices } from './services.ts';

export interface Asked {
  readonly teamId?: string | undefined;
  readonly patientId?: string | undefined;
}

export interface Found {
  readonly teamId: string;
  readonly patientKey?: number | undefined;
}

/** Throws Refusal: exactly one of the two, and in the caller's scope. */
export async function findAsked(
  { db, audit, now }: DashboardsServices,
  caller: SignedIn,
  { teamId, patientId }: Asked,
  permission: Permission,
): Promise<Found> {
  const { access } = caller;
  if (teamId !== undefined && patientId === undefined) {
    const isThere = mayInTeam(access, 'read', teamId) && (await listTeams(db, [teamId])).length > 0;
    if (!isThere) throw notFound('team');
    if (!mayInTeam(access, permission, teamId)) throw notPermitted(permission);
    return { teamId };
  }
  if (patientId === undefined || teamId !== undefined)
    throw invalid('teamId', 'Say for whom: give either teamId or patientId.');
  const patient = await findPatient(db, access, patientId, permission);
  await audit.addOpenings(caller, [patient.patientKey], 'contacts', now());
  return { teamId: patient.teamId, patientKey: patient.patientKey };
}
