// A local day's CGM readings as bytes: a version, then per device its key, the number of rows, and each row as the instant's distance
// from the day's first (u32 ms), value (f64) and meta (u16), little endian. Promise: what is unpacked is bit-equal to what was packed.
import { type GlucoseSeries, META } from '../../domain/glucose-series.ts';
import type { Window } from '../../domain/local-day.ts';
import type { DeviceRows } from './device-rows.ts';

const VERSION = 1;
const HEAD_BYTES = 8;
const ROW_BYTES = 14;
/** What else is in `meta` only rules ask for. */
const KEPT_META = META.mmol | META.low | META.high;

/** @param cgm one series a device; rows outside the day are left out */
export function packDayTrace(cgm: readonly GlucoseSeries[], day: Window): Buffer {
  const parts = cgm.flatMap((series) => {
    const first = firstRowFrom(series, day.from);
    const count = firstRowFrom(series, day.to) - first;
    return count > 0 ? [{ series, first, count }] : [];
  });
  const bytes = Buffer.allocUnsafe(parts.reduce((sum, { count }) => sum + HEAD_BYTES + count * ROW_BYTES, 1));
  let at = bytes.writeUInt8(VERSION);
  for (const { series, first, count } of parts) {
    at = bytes.writeUInt32LE(series.deviceKey, at);
    at = bytes.writeUInt32LE(count, at);
    for (let row = first; row < first + count; row++) {
      at = bytes.writeUInt32LE(series.measuredAt[row]! - day.from, at);
      at = bytes.writeDoubleLE(series.value[row]!, at);
      at = bytes.writeUInt16LE(series.meta[row]! & KEPT_META, at);
    }
  }
  return bytes;
}

/** Undefined for bytes of another version. @param startAt first instant of the day, epoch ms */
export function unpackDayTrace(bytes: Buffer, startAt: number): DeviceRows[] | undefined {
  if (bytes[0] !== VERSION) return undefined;
  const devices: DeviceRows[] = [];
  // Buffer's own readers are JavaScript.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 1; at < bytes.length; ) {
    const rows: DeviceRows = { deviceKey: view.getUint32(at, true), measuredAt: [], value: [], meta: [] };
    const end = at + HEAD_BYTES + view.getUint32(at + 4, true) * ROW_BYTES;
    for (at += HEAD_BYTES; at < end; at += ROW_BYTES) {
      rows.measuredAt.push(startAt + view.getUint32(at, true));
      rows.value.push(view.getFloat64(at + 4, true));
      rows.meta.push(view.getUint16(at + 12, true));
    }
    devices.push(rows);
  }
  return devices;
}

function firstRowFrom({ measuredAt, length }: GlucoseSeries, from: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (measuredAt[middle]! < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
