// The devices that broker and ingest are dealing with, in memory.
// Promise: a change of a device, its credentials or its bindings is forgotten as soon as registry_changes says so.
import type { Pool } from 'pg';
import type { DeviceKind, DeviceModel } from '../../domain/device-model.ts';
import type { DeviceEntry } from './device-entry.ts';
import { createEntryCache } from './entry-cache.ts';
import type { RegistryChanges } from './registry-changes.ts';

/** An entry is about 1 KB. */
const DEFAULT_MAX_ENTRIES = 50_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface DeviceDirectory {
  /** What is held now. Ids are lower-case UUIDs. */
  peek(deviceId: string): DeviceEntry | undefined;
  peekByKey(deviceKey: number): DeviceEntry | undefined;
  /** Held or read in one query; ids that no device has are absent. Throws what pg throws. */
  load(deviceIds: readonly string[]): Promise<Map<string, DeviceEntry>>;
  loadByKeys(deviceKeys: readonly number[]): Promise<Map<number, DeviceEntry>>;
  invalidate(deviceKey: number): void;
  /** Called after an entry was forgotten because it changed (with its key), or with undefined when all were. */
  onInvalidated(listener: (deviceKey: number | undefined) => void): () => void;
  /** Follows registry changes from now on: call before the first load. Returns how to stop. */
  follow(): () => void;
}

export interface DeviceDirectoryDeps {
  readonly pool: Pool;
  readonly changes: Pick<RegistryChanges, 'onChange'>;
  readonly maxEntries?: number | undefined;
}

export function createDeviceDirectory({ pool, changes, maxEntries = DEFAULT_MAX_ENTRIES }: DeviceDirectoryDeps) {
  // An id keeps its key for ever, so only absences can become wrong here.
  const keys = createEntryCache<string, number>({ maxEntries, read: (ids) => readKeys(pool, ids) });
  const entries = createEntryCache<number, DeviceEntry>({ maxEntries, read: (wanted) => readDevices(pool, wanted) });

  function invalidate(deviceKey: number | undefined): void {
    keys.dropAbsent();
    if (deviceKey === undefined) entries.clear();
    else entries.drop(deviceKey);
  }

  const directory: DeviceDirectory = {
    peek(deviceId) {
      const key = keys.peek(deviceId);
      return key === undefined ? undefined : entries.peek(key);
    },
    peekByKey: (deviceKey) => entries.peek(deviceKey),
    async load(deviceIds) {
      const known = await keys.load(deviceIds.filter((id) => UUID.test(id)));
      const held = await entries.load([...known.values()]);
      return new Map([...held.values()].map((entry) => [entry.deviceId, entry]));
    },
    loadByKeys: (deviceKeys) => entries.load(deviceKeys),
    invalidate,
    onInvalidated: entries.onDropped,
    follow() {
      return changes.onChange((entity, key) => {
        if (entity === 'device') invalidate(Number(key));
        else if (entity === 'device_model' || entity === 'everything') invalidate(undefined);
      });
    },
  };
  return directory;
}

async function readKeys(pool: Pool, deviceIds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ device_id: string; device_key: number }>(
    'select device_id, device_key from devices where device_id = any($1::uuid[])',
    [deviceIds],
  );
  return new Map(rows.map((row) => [row.device_id, row.device_key]));
}

interface DeviceRow {
  readonly device_key: number;
  readonly device_id: string;
  readonly kind: DeviceKind;
  readonly model: DeviceModel | null;
  readonly gateway_key: number | null;
  readonly gateway_id: string | null;
  readonly retired: boolean;
  readonly clock_ahead_ms: number;
  readonly clock_behind_ms: number;
  readonly secrets: Buffer[];
  readonly bindings: { patientKey: number; slot: string | null; fromAt: number; toAt: number | null }[];
}

const READ_DEVICES = `
  select d.device_key, d.device_id, d.kind, m.model, d.gateway_key, g.device_id as gateway_id,
         d.retired_at is not null as retired, d.clock_ahead_ms, d.clock_behind_ms,
         array(select c.secret_sha256 from device_credentials c where c.device_key = d.device_key and c.revoked_at is null) as secrets,
         coalesce((select json_agg(json_build_object('patientKey', b.patient_key, 'slot', b.slot,
                     'fromAt', (extract(epoch from b.from_at) * 1000)::int8, 'toAt', (extract(epoch from b.to_at) * 1000)::int8)
                     order by b.from_at)
                   from device_bindings b where b.device_key = d.device_key), '[]') as bindings
  from devices d
  left join device_models m on m.model_id = d.model_id
  left join devices g on g.device_key = d.gateway_key
  where d.device_key = any($1::int[])`;

async function readDevices(pool: Pool, deviceKeys: readonly number[]): Promise<Map<number, DeviceEntry>> {
  const { rows } = await pool.query<DeviceRow>(READ_DEVICES, [deviceKeys]);
  return new Map(rows.map((row) => [row.device_key, toEntry(row)]));
}

function toEntry(row: DeviceRow): DeviceEntry {
  return {
    deviceKey: row.device_key,
    deviceId: row.device_id,
    kind: row.kind,
    model: row.model ?? undefined,
    gatewayKey: row.gateway_key ?? undefined,
    gatewayId: row.gateway_id ?? undefined,
    credentialSha256s: row.secrets,
    retired: row.retired,
    bindings: row.bindings.map(({ patientKey, slot, fromAt, toAt }) => ({
      patientKey,
      slot: slot ?? undefined,
      fromAt,
      toAt: toAt ?? undefined,
    })),
    clockAheadMs: row.clock_ahead_ms,
    clockBehindMs: row.clock_behind_ms,
  };
}
