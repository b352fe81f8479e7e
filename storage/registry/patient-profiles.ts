// What rules and reads need to know of a patient, in memory: dated facts, and which devices' readings are theirs.
// Promise: a change of the patient, of a binding or of a bound device is forgotten as soon as registry_changes says so.
import type { Pool } from 'pg';
import type { DeviceKind, DeviceModel } from '../../domain/device-model.ts';
import type { PatientProfile } from '../../domain/rules/rule.ts';
import type { RuleSet } from '../../domain/rules/rule-set.ts';
import type { DeviceSpan } from '../ports/time-series.ts';
import { createEntryCache } from './entry-cache.ts';
import { readPatientEntries } from './read-patient-entries.ts';
import type { RegistryChanges } from './registry-changes.ts';

/** An entry is about 2 KB. */
const DEFAULT_MAX_ENTRIES = 20_000;

/** A stretch in which a device's readings (of a slot) are the patient's; without `toAt` it lasts. */
export interface PatientDevice {
  readonly deviceKey: number;
  readonly kind: DeviceKind;
  readonly model?: DeviceModel | undefined;
  readonly slot?: string | undefined;
  readonly fromAt: number;
  readonly toAt?: number | undefined;
  readonly clockAheadMs: number;
  readonly clockBehindMs: number;
}

export interface PatientEntry {
  readonly patientKey: number;
  readonly patientId: string;
  readonly profile: PatientProfile;
  /** By which the patient is judged now: the same object for all who have no thresholds of their own. */
  readonly rules: RuleSet;
  /** When `rules` change by themselves, because thresholds begin or end to hold, epoch ms. */
  readonly rulesUntil?: number | undefined;
  /** The team responsible now; absent once the patient is erased. */
  readonly teamId?: string | undefined;
  /** Ascending in `fromAt`, past ones too. */
  readonly devices: readonly PatientDevice[];
}

export interface PatientProfiles {
  peek(patientKey: number): PatientEntry | undefined;
  /** Held or read in one round trip; erased and unknown patients are absent. Throws what pg throws. */
  load(patientKeys: readonly number[]): Promise<Map<number, PatientEntry>>;
  /** The same past what is held, and in its place, for whoever has seen a change in the database before it was announced here. */
  loadAnew(patientKeys: readonly number[]): Promise<Map<number, PatientEntry>>;
  invalidate(patientKey: number): void;
  /** Called after an entry was forgotten because it changed (with its key), or with undefined when all were. */
  onInvalidated(listener: (patientKey: number | undefined) => void): () => void;
  /** Follows registry changes from now on: call before the first load. Returns how to stop. */
  follow(): () => void;
}

export interface PatientProfilesDeps {
  readonly pool: Pool;
  readonly changes: Pick<RegistryChanges, 'onChange'>;
  readonly maxEntries?: number | undefined;
}

export function createPatientProfiles({ pool, changes, maxEntries = DEFAULT_MAX_ENTRIES }: PatientProfilesDeps) {
  const entries = createEntryCache<number, PatientEntry>({
    maxEntries,
    read: (keys) => readPatientEntries(pool, keys),
  });

  const profiles: PatientProfiles = {
    peek: entries.peek,
    load: entries.load,
    loadAnew: entries.loadAnew,
    invalidate: entries.drop,
    onInvalidated: entries.onDropped,
    follow() {
      // Whoever changes a binding or a bound device's clock announces its patients too, so devices needn't be traced back here.
      return changes.onChange((entity, key) => {
        if (entity === 'patient') entries.drop(Number(key));
        else if (entity === 'device_model' || entity === 'everything') entries.clear();
      });
    },
  };
  return profiles;
}

/** The part of a patient's devices that may hold readings measured in [fromAt, toAt), as the time series wants it. */
export function deviceSpans(
  devices: readonly PatientDevice[],
  fromAt: number,
  toAt: number,
  kinds: readonly DeviceKind[] = ['cgm', 'glucometer', 'bp_monitor', 'gateway'],
): DeviceSpan[] {
  const spans: DeviceSpan[] = [];
  for (const device of devices) {
    const from = Math.max(fromAt, device.fromAt);
    const to = Math.min(toAt, device.toAt ?? toAt);
    if (from >= to || !kinds.includes(device.kind)) continue;
    const { deviceKey, slot, clockAheadMs, clockBehindMs } = device;
    spans.push({ deviceKey, slot, fromAt: from, toAt: to, clockAheadMs, clockBehindMs });
  }
  return spans;
}
