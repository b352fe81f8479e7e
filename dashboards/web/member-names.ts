// The people of a team by name. Who may see an alert may not always see its team: then nobody is named.
import { get, Problem } from './api.ts';
import type { Page } from './wire.ts';

interface Member {
  readonly memberId: string;
  readonly name: string;
}

export async function memberNames(teamId: string | undefined): Promise<ReadonlyMap<string, string>> {
  if (teamId === undefined) return new Map();
  try {
    const { items } = await get<Page<Member>>(`/teams/${teamId}/members`);
    return new Map(items.map(({ memberId, name }) => [memberId, name]));
  } catch (error) {
    if (error instanceof Problem && [403, 404].includes(error.status)) return new Map();
    throw error;
  }
}
