// When ingest first wrote episodes down: what nobody knew of yet can't have been told.
import type { Pool } from 'pg';

/** Epoch ms by episode, withdrawn ones left out. @param from epoch ms: episodes that were over by then are left out */
export async function readFirstSeen(
  pool: Pick<Pool, 'query'>,
  patientKey: number,
  from: number,
): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ episode_id: string; first_seen_at: number }>({
    name: 'episodes-first-seen',
    text: `select episode_id, first_seen_at from episodes
      where patient_key = $1 and withdrawn_at is null and (end_at is null or end_at > $2)`,
    values: [patientKey, from],
  });
  return new Map(rows.map(({ episode_id, first_seen_at }) => [episode_id, first_seen_at]));
}
