// What each role may do within the scope of its grant, as data. The only place that says so.

export const ROLES = ['admin', 'lead', 'gp', 'nurse', 'public_health', 'village_worker', 'specialist'] as const;
export type GrantRole = (typeof ROLES)[number];
/** Roles of a member of a team; `admin` is a grant only. */
export const MEMBER_ROLES = ROLES.filter((role) => role !== 'admin');
export type MemberRole = Exclude<GrantRole, 'admin'>;

/**
 * `read` patients, devices, readings, alerts · `acknowledge` and close alerts, write down visits and symptoms ·
 * `treat` register and change patients, treatments, plans, devices, bindings, void and replay readings ·
 * `configure` a team's members, contacts, schedule and grants, erase a patient · `administer` users, organisations, teams.
 */
export const PERMISSIONS = ['read', 'acknowledge', 'treat', 'configure', 'administer'] as const;
export type Permission = (typeof PERMISSIONS)[number];

export const ROLE_PERMISSIONS: Readonly<Record<GrantRole, readonly Permission[]>> = {
  admin: ['read', 'acknowledge', 'treat', 'configure', 'administer'],
  lead: ['read', 'acknowledge', 'treat', 'configure'],
  gp: ['read', 'acknowledge', 'treat'],
  nurse: ['read', 'acknowledge', 'treat'],
  public_health: ['read', 'acknowledge', 'treat'],
  village_worker: ['read', 'acknowledge'],
  specialist: ['read', 'acknowledge'],
};

/** What a backing organisation's people may do for the teams that it backs: help with alerts, not run the team. */
export const BACKING_PERMISSIONS: readonly Permission[] = ['read', 'acknowledge'];
