// One team is responsible for a patient at a time, also where two hand over at once: the table itself refuses a second.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const STATEMENTS = [
  // Of several that hold, the newest stays; the others end where the next began.
  `update responsibilities r set to_at = n.next_at
   from (select patient_key, from_at, lead(from_at) over (partition by patient_key order by from_at) as next_at
         from responsibilities where to_at is null) n
   where r.patient_key = n.patient_key and r.from_at = n.from_at and n.next_at is not null`,
  'create unique index responsibilities_present on responsibilities (patient_key) where to_at is null',
];

export const oneResponsibleTeam: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
