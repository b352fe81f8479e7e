// Organisations: regions, districts, centres, hospitals, in a tree. A single clinic has none.
import type { Kysely } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../database-schema.ts';
import { recordChange } from './registry-changes.ts';

export const ORGANISATION_KINDS = ['region', 'district', 'centre', 'hospital'] as const;
export type OrganisationKind = (typeof ORGANISATION_KINDS)[number];

export interface NewOrganisation {
  readonly name: string;
  readonly kind: OrganisationKind;
  readonly parentId?: string | undefined;
}

export interface Organisation extends NewOrganisation {
  readonly organisationId: string;
  readonly createdAt: number;
}

const COLUMNS = ['organisation_id', 'name', 'kind', 'parent_id', 'created_at'] as const;

export async function createOrganisation(db: Kysely<Database>, organisation: NewOrganisation): Promise<Organisation> {
  return db.transaction().execute(async (tx) => {
    const { name, kind, parentId } = organisation;
    const row = await tx
      .insertInto('organisations')
      .values({ organisation_id: uuidv7(), name, kind, parent_id: parentId ?? null })
      .returning(COLUMNS)
      .executeTakeFirstOrThrow();
    await recordChange(tx, 'organisation', row.organisation_id);
    return toOrganisation(row);
  });
}

/** `ids` undefined: all. In ascending id. */
export async function listOrganisations(
  db: Kysely<Database>,
  ids: readonly string[] | undefined,
  after: string | undefined,
  limit: number,
): Promise<Organisation[]> {
  if (ids?.length === 0) return [];
  let query = db.selectFrom('organisations').select(COLUMNS).orderBy('organisation_id').limit(limit);
  if (ids !== undefined) query = query.where('organisation_id', 'in', ids);
  if (after !== undefined) query = query.where('organisation_id', '>', after);
  return (await query.execute()).map(toOrganisation);
}

export async function organisationExists(db: Kysely<Database>, organisationId: string): Promise<boolean> {
  return (await listOrganisations(db, [organisationId], undefined, 1)).length > 0;
}

interface OrganisationRow {
  organisation_id: string;
  name: string;
  kind: OrganisationKind;
  parent_id: string | null;
  created_at: Date;
}

function toOrganisation(row: OrganisationRow): Organisation {
  return {
    organisationId: row.organisation_id,
    name: row.name,
    kind: row.kind,
    parentId: row.parent_id ?? undefined,
    createdAt: row.created_at.getTime(),
  };
}
