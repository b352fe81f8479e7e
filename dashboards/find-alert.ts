// Finds one alert by its id, if it is of a team or of a patient in the caller's scope.
import { type ListedAlert, readListedAlert } from '../storage/alerts/list-alerts.ts';
import { type Access, mayInTeam } from '../storage/registry/access.ts';
import { notPermitted } from '../storage/registry/find-in-scope.ts';
import { notFound } from '../storage/registry/refusal.ts';
import type { Permission } from '../storage/registry/role-permissions.ts';
import type { DashboardsServices } from './services.ts';

/** A closed alert stays with the team that had it; the patient's team of today sees it too. Throws Refusal. */
export async function findAlert(
  { storage, db }: DashboardsServices,
  access: Access,
  alertId: string,
  permission: Permission,
): Promise<ListedAlert> {
  const alert = await readListedAlert(storage.pool, alertId);
  if (alert === undefined) throw notFound('alert');
  const responsible = await db
    .selectFrom('responsibilities')
    .select('team_id')
    .where('patient_key', '=', alert.patientKey)
    .where('to_at', 'is', null)
    .executeTakeFirst();
  const teams = [alert.teamId, responsible?.team_id];
  if (!teams.some((teamId) => mayInTeam(access, 'read', teamId))) throw notFound('alert');
  if (!teams.some((teamId) => mayInTeam(access, permission, teamId))) throw notPermitted(permission);
  return alert;
}
