// Who may do what to whom, decided here and nowhere else. Pure: grants and the tree of organisations in, permissions out.
// A grant covers its team, or its organisation with all below it, or the installation; an organisation that backs a team
// (`backingOrganisationId`), and whoever is above it, may also read that team's patients and handle their alerts.
import { BACKING_PERMISSIONS, type GrantRole, type Permission, ROLE_PERMISSIONS } from './role-permissions.ts';

export interface Grant {
  readonly role: GrantRole;
  /** Neither: the whole installation. */
  readonly organisationId?: string | undefined;
  readonly teamId?: string | undefined;
}

export interface OrganisationTree {
  readonly organisations: readonly { readonly organisationId: string; readonly parentId?: string | undefined }[];
  readonly teams: readonly {
    readonly teamId: string;
    readonly organisationId?: string | undefined;
    readonly backingOrganisationId?: string | undefined;
  }[];
}

type PermissionsById = ReadonlyMap<string, ReadonlySet<Permission>>;

export interface Access {
  readonly userId: string;
  /** What is held over the whole installation. */
  readonly everywhere: ReadonlySet<Permission>;
  readonly teams: PermissionsById;
  readonly organisations: PermissionsById;
}

export function decideAccess(userId: string, grants: readonly Grant[], tree: OrganisationTree): Access {
  const everywhere = new Set<Permission>();
  const teams = new Map<string, Set<Permission>>();
  const organisations = new Map<string, Set<Permission>>();
  for (const { role, organisationId, teamId } of grants) {
    const permissions = ROLE_PERMISSIONS[role];
    if (teamId !== undefined) add(teams, teamId, permissions);
    else if (organisationId === undefined) for (const permission of permissions) everywhere.add(permission);
    else {
      const covered = withAllBelow(organisationId, tree);
      for (const id of covered) add(organisations, id, permissions);
      for (const team of tree.teams) {
        if (team.organisationId !== undefined && covered.has(team.organisationId)) add(teams, team.teamId, permissions);
        if (team.backingOrganisationId !== undefined && covered.has(team.backingOrganisationId)) {
          add(
            teams,
            team.teamId,
            permissions.filter((permission) => BACKING_PERMISSIONS.includes(permission)),
          );
        }
      }
    }
  }
  return { userId, everywhere, teams, organisations };
}

export const mayInTeam = (access: Access, permission: Permission, teamId: string | undefined): boolean =>
  access.everywhere.has(permission) || (teamId !== undefined && (access.teams.get(teamId)?.has(permission) ?? false));

export const mayInOrganisation = (access: Access, permission: Permission, organisationId: string): boolean =>
  access.everywhere.has(permission) || (access.organisations.get(organisationId)?.has(permission) ?? false);

/** Whether it is held over anything at all. */
export const mayAnywhere = (access: Access, permission: Permission): boolean =>
  access.everywhere.has(permission) ||
  [...access.teams.values(), ...access.organisations.values()].some((held) => held.has(permission));

/** The teams it is held over; undefined means all, and an empty list none. For `($1::uuid[] is null or team_id = any($1))`. */
export function teamsWith(access: Access, permission: Permission): string[] | undefined {
  if (access.everywhere.has(permission)) return undefined;
  return [...access.teams].filter(([, held]) => held.has(permission)).map(([teamId]) => teamId);
}

/** What one role can do is within what somebody holds over a place: nobody hands out more than they have. */
export function mayGrant(access: Access, { role, organisationId, teamId }: Grant): boolean {
  const held = (permission: Permission) => {
    if (teamId !== undefined) return mayInTeam(access, permission, teamId);
    if (organisationId !== undefined) return mayInOrganisation(access, permission, organisationId);
    return access.everywhere.has(permission);
  };
  return held('configure') && ROLE_PERMISSIONS[role].every(held);
}

function add(map: Map<string, Set<Permission>>, id: string, permissions: readonly Permission[]): void {
  const held = map.get(id) ?? new Set();
  for (const permission of permissions) held.add(permission);
  map.set(id, held);
}

function withAllBelow(organisationId: string, { organisations }: OrganisationTree): ReadonlySet<string> {
  const covered = new Set([organisationId]);
  // A child is looked at again whenever the set grew; a cycle can't keep it growing.
  for (let before = 0; before < covered.size; ) {
    before = covered.size;
    for (const { organisationId: id, parentId } of organisations)
      if (parentId !== undefined && covered.has(parentId)) covered.add(id);
  }
  return covered;
}
