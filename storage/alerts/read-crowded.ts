// Which contacts are told too much at once.
import { DIGEST, LOW, STORM_BEYOND, STORM_OF_LOWS, STORM_WITHIN_MS, type Storm } from '../../domain/alerts/company.ts';
import type { Queryable } from './queryable.ts';

// Emergencies and digests don't count, and what goes in the message of another is no message. Of critical lows they alone count.
const READ = `
  select c.contact_id as "contactId" from unnest($1::uuid[]) as c (contact_id) where ${STORM_BEYOND} < (
    select count(*) from (
      select 1 from notifications n where n.contact_id = c.contact_id and n.created_at > $2::int8 - ${STORM_WITHIN_MS}
        and n.company <> '${DIGEST}' and ($3::text <> '${STORM_OF_LOWS}' or n.company in ('${LOW}', '${STORM_OF_LOWS}')) and (n.attempts > 0 or n.due_at <= $2) and n.sent_with is null limit ${STORM_BEYOND + 1}) lately)`;

export interface CrowdedQuestion {
  readonly contactIds: readonly string[];
  /** Too much of what. */
  readonly storm: Storm;
  /** Epoch ms. */
  readonly now: number;
}

export async function readCrowded(
  db: Queryable,
  { contactIds, storm, now }: CrowdedQuestion,
): Promise<ReadonlySet<string>> {
  if (contactIds.length === 0) return new Set();
  const { rows } = await db.query<{ contactId: string }>({
    name: 'contacts-crowded',
    text: READ,
    values: [contactIds, now, storm],
  });
  return new Set(rows.map(({ contactId }) => contactId));
}
