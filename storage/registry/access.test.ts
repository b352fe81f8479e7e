import { describe, expect, it } from 'vitest';
import {
  decideAccess,
  mayAnywhere,
  mayGrant,
  mayInOrganisation,
  mayInTeam,
  type OrganisationTree,
  teamsWith,
} from './access.ts';

const TREE: OrganisationTree = {
  organisations: [
    { organisationId: 'region' },
    { organisationId: 'district', parentId: 'region' },
    { organisationId: 'centre', parentId: 'district' },
    { organisationId: 'other district', parentId: 'region' },
    { organisationId: 'hospital' },
    { organisationId: 'ward', parentId: 'hospital' },
  ],
  teams: [
    { teamId: 'in centre', organisationId: 'centre', backingOrganisationId: 'ward' },
    { teamId: 'in other district', organisationId: 'other district' },
    { teamId: 'single clinic' },
  ],
};

describe('a grant covers', () => {
  it('its team alone', () => {
    const access = decideAccess('u', [{ role: 'nurse', teamId: 'single clinic' }], TREE);
    expect(teamsWith(access, 'read')).toEqual(['single clinic']);
    expect(mayInTeam(access, 'read', 'in centre')).toBe(false);
  });

  it('its organisation with all that lies below it', () => {
    const access = decideAccess('u', [{ role: 'gp', organisationId: 'district' }], TREE);
    expect(teamsWith(access, 'treat')).toEqual(['in centre']);
    expect(mayInOrganisation(access, 'read', 'centre')).toBe(true);
    expect(mayInOrganisation(access, 'read', 'region')).toBe(false);
    const above = decideAccess('u', [{ role: 'gp', organisationId: 'region' }], TREE);
    expect(teamsWith(above, 'treat')).toEqual(['in centre', 'in other district']);
  });

  it('the whole installation where it names no place', () => {
    const access = decideAccess('u', [{ role: 'admin' }], TREE);
    expect(teamsWith(access, 'read')).toBeUndefined();
    expect(mayInTeam(access, 'administer', 'a team of tomorrow')).toBe(true);
  });

  it('reading and handling alerts of the teams that its organisation backs, and no more', () => {
    const access = decideAccess('u', [{ role: 'lead', organisationId: 'hospital' }], TREE);
    expect(teamsWith(access, 'acknowledge')).toEqual(['in centre']);
    expect(teamsWith(access, 'treat')).toEqual([]);
  });

  it('nothing at all where there is none', () => {
    expect(mayAnywhere(decideAccess('u', [], TREE), 'read')).toBe(false);
  });
});

it('organisations that are each other’s parents by mistake don’t hang anybody', () => {
  const organisations = [
    { organisationId: 'a', parentId: 'b' },
    { organisationId: 'b', parentId: 'a' },
  ];
  const access = decideAccess('u', [{ role: 'gp', organisationId: 'a' }], { organisations, teams: [] });
  expect([...access.organisations.keys()]).toEqual(['a', 'b']);
});

describe('nobody grants', () => {
  const lead = decideAccess('u', [{ role: 'lead', teamId: 'single clinic' }], TREE);
  it('what they may not do themselves', () => {
    expect(mayGrant(lead, { role: 'nurse', teamId: 'single clinic' })).toBe(true);
    expect(mayGrant(lead, { role: 'admin', teamId: 'single clinic' })).toBe(false);
  });
  it('where they have nothing', () => {
    expect(mayGrant(lead, { role: 'nurse', teamId: 'in centre' })).toBe(false);
    expect(mayGrant(lead, { role: 'nurse' })).toBe(false);
  });
  it('without being allowed to configure', () => {
    const gp = decideAccess('u', [{ role: 'gp', teamId: 'single clinic' }], TREE);
    expect(mayGrant(gp, { role: 'village_worker', teamId: 'single clinic' })).toBe(false);
  });
});
