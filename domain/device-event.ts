// What a device did that no stored reading tells: rules about devices (DATA-02, DATA-04) ask for it.
// Promise: at most one per device, kind and minute, so that a device gone mad costs a row a minute.

export const DEVICE_EVENT_KINDS = ['error_code', 'clock_ahead', 'stale_upload'] as const;
/**
 * `error_code`: a value below what the model's sensor can measure was sent and rejected (clinical.md §1.4). `clock_ahead`: a reading's
 * own time lay 5 min to 24 h ahead of the server's (§1.1). `stale_upload`: a reading came more than 24 h after it was measured (§7).
 */
export type DeviceEventKind = (typeof DEVICE_EVENT_KINDS)[number];

export interface DeviceEvent {
  readonly deviceKey: number;
  /** When the broker had it, epoch ms. */
  readonly at: number;
  readonly what: DeviceEventKind;
}

/** A window reaches back to the first instant of yesterday: two days, of which one may have 25 hours. */
export const DEVICE_EVENTS_KEPT_MS = 49 * 3_600_000;
