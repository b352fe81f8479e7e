// What devices did that no stored reading tells, for a window of two days (domain/device-event.ts).
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const STATEMENTS = [
  // `at` is epoch ms and the first within its minute; `slot` is empty where the device has none.
  `create table device_events (
    device_key int not null,
    slot text not null,
    what text not null,
    minute bigint not null,
    at bigint not null,
    primary key (device_key, slot, what, minute)
  )`,
  'create index device_events_at on device_events (at)',
];

export const deviceEvents: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
