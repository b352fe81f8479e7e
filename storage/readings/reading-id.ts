// The public id of a reading: `{deviceId}.{kind}.{at}`. Needs no column and survives corrections (docs/architecture.md).
import { READING_KINDS, type ReadingKind } from '../../domain/reading.ts';

export interface ReadingIdentity {
  /** UUID. */
  readonly deviceId: string;
  readonly kind: ReadingKind;
  /** The device's own timestamp, epoch ms. */
  readonly at: number;
}

const READING_ID = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([a-z]+)\.(-?\d{1,16})$/;

export const readingId = ({ deviceId, kind, at }: ReadingIdentity): string => `${deviceId}.${kind}.${at}`;

/** undefined where the text is no reading's id. */
export function parseReadingId(text: string): ReadingIdentity | undefined {
  const [, deviceId, kindText, atText] = READING_ID.exec(text) ?? [];
  const kind = READING_KINDS.find((known) => known === kindText);
  const at = Number(atText);
  return deviceId === undefined || kind === undefined || !Number.isSafeInteger(at) ? undefined : { deviceId, kind, at };
}
