// The identity of a reading as a key of a Map: (device, kind, the device's own `at`).
import type { ReadingKind } from '../../domain/reading.ts';
import type { Identity } from '../ports/time-series.ts';
import { KIND_CODES } from './reading-codes.ts';

export const identityKey = ({ deviceKey, kind, at }: Identity): string => keyOf(deviceKey, kind, at);

const keyOf = (deviceKey: number, kind: ReadingKind, at: number): string => `${deviceKey}.${KIND_CODES[kind]}.${at}`;
