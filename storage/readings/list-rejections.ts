// Rejections as the API lists them, newest first: a row per item, of the devices somebody may see.
import { type Kysely, sql } from 'kysely';
import type { Database } from '../database-schema.ts';
import { type Access, teamsWith } from '../registry/access.ts';
import { deviceScope } from '../registry/device-scope.ts';

/** Enough to see what was wrong; a page of a thousand stays small. */
const EXCERPT_BYTES = 2_000;

/** Instants are epoch ms. */
export interface ListedRejection {
  readonly rejectionId: string;
  readonly deviceKey?: number | undefined;
  readonly deviceId?: string | undefined;
  readonly receivedAt: number;
  readonly topic: string;
  readonly code: string;
  readonly detail: string;
  /** Position in its message. */
  readonly index: number;
  /** The beginning of the item as it came. */
  readonly payload: Buffer;
  /** As sent. */
  readonly payloadBytes: number;
  readonly replayedAt?: number | undefined;
}

export interface RejectionPosition {
  readonly receivedAt: number;
  readonly rejectionId: string;
}

export interface RejectionFilter {
  readonly deviceKey?: number | undefined;
  readonly rejectionId?: string | undefined;
  readonly after?: RejectionPosition | undefined;
  readonly limit: number;
}

/** Whose measurements the payloads may be: who wore each one's device when it came, as far as it is known. */
export async function patientsOfRejections(
  db: Kysely<Database>,
  rejections: readonly Pick<ListedRejection, 'deviceKey' | 'receivedAt'>[],
): Promise<number[]> {
  const known = rejections.flatMap(({ deviceKey, receivedAt }) =>
    deviceKey === undefined ? [] : [{ deviceKey, receivedAt }],
  );
  const { rows } = await sql<{ patient_key: number }>`
    select distinct b.patient_key
    from unnest(${known.map(({ deviceKey }) => deviceKey)}::int[], ${known.map(({ receivedAt }) => receivedAt)}::int8[])
      as j(device_key, received_at)
    join device_bindings b on b.device_key = j.device_key
      and b.from_at <= to_timestamp(j.received_at / 1000.0) and (b.to_at is null or b.to_at > to_timestamp(j.received_at / 1000.0))`.execute(
    db,
  );
  return rows.map((row) => row.patient_key);
}

/**
 * Of a device they are seen by the team that keeps it and by the team of whoever wore it when they came: the next wearer's team has
 * no business with the values of the one before. What came from a device that nobody knows is seen by who may see everything.
 */
export async function listRejections(
  db: Kysely<Database>,
  access: Access,
  { deviceKey, rejectionId, after, limit }: RejectionFilter,
): Promise<ListedRejection[]> {
  const inScope = access.everywhere.has('read')
    ? sql`true`
    : sql`(${cameFromOwnPatient(access)} or j.device_key in (select d.device_key from devices d where ${deviceScope(access).isKept}))`;
  const { rows } = await sql<RejectionRow>`
    select j.rejection_id, j.device_key, j.device_id, j.received_at, j.topic, j.code, j.detail, j.item_index,
      substring(j.payload for ${EXCERPT_BYTES}) as payload, j.payload_bytes, j.replayed_at
    from rejections j
    where ${inScope}
      and ${deviceKey === undefined ? sql`true` : sql`j.device_key = ${deviceKey}`}
      and ${rejectionId === undefined ? sql`true` : sql`j.rejection_id = ${rejectionId}`}
      and ${after === undefined ? sql`true` : sql`(j.received_at, j.rejection_id) < (${after.receivedAt}::int8, ${after.rejectionId}::uuid)`}
    order by j.received_at desc, j.rejection_id desc limit ${limit}`.execute(db);
  return rows.map(toListed);
}

const cameFromOwnPatient = (access: Access) => sql`exists (
  select from device_bindings b join responsibilities r on r.patient_key = b.patient_key and r.to_at is null
  where b.device_key = j.device_key and b.from_at <= to_timestamp(j.received_at / 1000.0)
    and (b.to_at is null or b.to_at > to_timestamp(j.received_at / 1000.0)) and r.team_id = any(${teamsWith(access, 'read') ?? []}::uuid[]))`;

interface RejectionRow {
  rejection_id: string;
  device_key: number | null;
  device_id: string | null;
  received_at: number;
  topic: string;
  code: string;
  detail: string;
  item_index: number;
  payload: Buffer;
  payload_bytes: number;
  replayed_at: number | null;
}

const toListed = (row: RejectionRow): ListedRejection => ({
  rejectionId: row.rejection_id,
  deviceKey: row.device_key ?? undefined,
  deviceId: row.device_id ?? undefined,
  receivedAt: row.received_at,
  topic: row.topic,
  code: row.code,
  detail: row.detail,
  index: row.item_index,
  payload: row.payload,
  payloadBytes: row.payload_bytes,
  replayedAt: row.replayed_at ?? undefined,
});
