// A local day's CGM readings as bytes: a version, then per device its key, the number of rows, and each row as the instant's distance
// from the day's first (u32 ms), value (f64) and meta (u16), little endian. Promise: what is unpacked is bit-equal to what was packed.
import type { DeviceRows } from './device-rows.ts';

const VERSION = 1;
const HEAD_BYTES = 8;
const ROW_BYTES = 14;

/** @param startAt first instant of the day, epoch ms; no row lies before it or 49 days behind it */
export function packDayTrace(devices: readonly DeviceRows[], startAt: number): Buffer {
  const length = devices.reduce((sum, { measuredAt }) => sum + HEAD_BYTES + measuredAt.length * ROW_BYTES, 1);
  const bytes = Buffer.allocUnsafe(length);
  let at = bytes.writeUInt8(VERSION);
  for (const { deviceKey, measuredAt, value, meta } of devices) {
    at = bytes.writeUInt32LE(deviceKey, at);
    at = bytes.writeUInt32LE(measuredAt.length, at);
    for (let row = 0; row < measuredAt.length; row++) {
      at = bytes.writeUInt32LE(measuredAt[row]! - startAt, at);
      at = bytes.writeDoubleLE(value[row]!, at);
      at = bytes.writeUInt16LE(meta[row]!, at);
    }
  }
  return bytes;
}

/** Undefined for bytes of another version. */
export function unpackDayTrace(bytes: Buffer, startAt: number): DeviceRows[] | undefined {
  if (bytes[0] !== VERSION) return undefined;
  const devices: DeviceRows[] = [];
  for (let at = 1; at < bytes.length; ) {
    const rows: DeviceRows = { deviceKey: bytes.readUInt32LE(at), measuredAt: [], value: [], meta: [] };
    const end = at + HEAD_BYTES + bytes.readUInt32LE(at + 4) * ROW_BYTES;
    for (at += HEAD_BYTES; at < end; at += ROW_BYTES) {
      rows.measuredAt.push(startAt + bytes.readUInt32LE(at));
      rows.value.push(bytes.readDoubleLE(at + 4));
      rows.meta.push(bytes.readUInt16LE(at + 12));
    }
    devices.push(rows);
  }
  return devices;
}
