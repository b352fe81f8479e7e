// Whether asking the organisation behind a team for help leads back to the team's own: an escalation that goes in a circle.

/** That some team of `organisationId` is backed by `backingOrganisationId`. */
export interface Backing {
  readonly organisationId?: string | undefined;
  readonly backingOrganisationId?: string | undefined;
}

/** Undefined, or what is wrong with `team` being backed so, and the remedy. `others` are all teams beside it. */
export function backingProblem(team: Backing, others: readonly Backing[]): string | undefined {
  const { organisationId: own, backingOrganisationId: first } = team;
  if (own === undefined || first === undefined) return undefined;
  if (first === own)
    return 'This is the team’s own organisation, which can’t stand behind it: name another one, or none.';
  const reached = new Set([first]);
  for (const organisation of reached)
    for (const { organisationId, backingOrganisationId } of others)
      if (organisationId === organisation && backingOrganisationId !== undefined) reached.add(backingOrganisationId);
  if (!reached.has(own)) return undefined;
  return 'The teams of this organisation are themselves backed by the team’s own, at once or over others: an escalation would come back. Name another one, or none.';
}
