// One device as the hot paths of broker and ingest see it: who it is, how it signs in, and whose readings are whose.
import type { DeviceKind, DeviceModel } from '../../domain/device-model.ts';

export interface DeviceBinding {
  readonly patientKey: number;
  /** Only readings of this slot; absent: all of the device's readings. */
  readonly slot?: string | undefined;
  /** Measured time, epoch ms, included. 0 where the binding holds from the beginning. */
  readonly fromAt: number;
  /** Excluded; absent while it lasts. */
  readonly toAt?: number | undefined;
}

export interface DeviceEntry {
  readonly deviceKey: number;
  readonly deviceId: string;
  readonly kind: DeviceKind;
  readonly model?: DeviceModel | undefined;
  readonly gatewayKey?: number | undefined;
  readonly gatewayId?: string | undefined;
  /** SHA-256 of each secret that signs it in now; none after a revocation. */
  readonly credentialSha256s: readonly Buffer[];
  readonly retired: boolean;
  /** Ascending in `fromAt`; no two that take the same reading. */
  readonly bindings: readonly DeviceBinding[];
  /** Widest corrections ever applied to its clock, ms ≥ 0. */
  readonly clockAheadMs: number;
  readonly clockBehindMs: number;
}

/** Whose reading it is: the binding that held when it was measured (epoch ms), for its slot. */
export function patientAt(
  entry: Pick<DeviceEntry, 'bindings'>,
  slot: string | undefined,
  measuredAt: number,
): number | undefined {
  // The newest binding is nearly always the one.
  for (let index = entry.bindings.length - 1; index >= 0; index--) {
    const binding = entry.bindings[index]!;
    if (binding.fromAt > measuredAt || (binding.toAt !== undefined && binding.toAt <= measuredAt)) continue;
    if (binding.slot === undefined || binding.slot === slot) return binding.patientKey;
  }
  return undefined;
}
