// A load that knows what has to become of each item: devices of every kind publish one message after the other, again after each lost
// connection with the same identity, until told to stop. New readings, repeated ones, corrections, refused ones, and several in a message.
import { between, type Random } from '../../simulators/traces/random.ts';
import type { DeviceAccess } from '../system/clinic.ts';
import { connectStubbornly, publishUntilAcknowledged } from './publish-until-acknowledged.ts';
import { type Item, payloadOf, type ReadingLedger } from './reading-ledger.ts';

export const LOAD_KINDS = ['cgm', 'smbg', 'bp'] as const;
export type LoadKind = (typeof LOAD_KINDS)[number];
/** What measures it. */
export const LOAD_DEVICES = { cgm: 'cgm', smbg: 'glucometer', bp: 'bp_monitor' } as const;

export interface LoadDevice extends DeviceAccess {
  readonly measures: LoadKind;
}

export interface SteadyLoad {
  /** Messages that had their PUBACK. */
  acknowledged(): number;
  /** Epoch ms that lies after every reading so far: where a later load of the same devices may begin. */
  nextAt(): number;
  /** Stops publishing; resolves when nothing waits for its PUBACK. */
  stop(): Promise<void>;
}

const PAUSE_MS = 5;

/** Readings lie `stepMs` apart in device time, from `firstAt` (epoch ms) on; all in range, so that they raise no alert. */
export function startSteadyLoad(
  port: number,
  devices: readonly LoadDevice[],
  ledger: ReadingLedger,
  {
    firstAt,
    stepMs,
    chance,
    pauseMs = PAUSE_MS,
  }: { firstAt: number; stepMs: number; chance: Random; pauseMs?: number },
): SteadyLoad {
  let acknowledged = 0;
  let nextAt = firstAt;
  let stopping = false;

  const publishers = devices.map(async (device, number) => {
    const client = connectStubbornly(port, device.mqtt, 'steady');
    ledger.watch(client);
    const next = messagesOf(device.measures, firstAt + number, stepMs, chance);
    try {
      while (!stopping) {
        const items = next();
        nextAt = Math.max(nextAt, ...items.map(({ at }) => (at === undefined ? 0 : at + stepMs)));
        await publishUntilAcknowledged(client, device.deviceId, payloadOf(items));
        ledger.acknowledge(device, items);
        acknowledged++;
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    } finally {
      await client.endAsync(true);
    }
  });

  return {
    acknowledged: () => acknowledged,
    nextAt: () => nextAt,
    stop: async () => {
      stopping = true;
      await Promise.all(publishers);
    },
  };
}

/** The items of one message after the other of one device. Half are a new reading; a correction follows what it corrects. */
function messagesOf(kind: LoadKind, firstAt: number, stepMs: number, chance: Random): () => readonly Item[] {
  let index = 0;
  let last: Item | undefined;
  let replaced: Item | undefined;
  const renew = () => {
    replaced = undefined;
    last = itemOf(kind, 'new', firstAt + index++ * stepMs, Math.floor(between(chance, 0, 20)), 1);
    return last;
  };
  const correct = (current: Item) => {
    replaced = current;
    last = itemOf(kind, 'corrected', current.at!, 25, 2);
    return last;
  };
  return () => {
    const current = last;
    const kindOfMessage = current === undefined ? 0 : chance();
    if (current === undefined || kindOfMessage < 0.5) return [renew()];
    if (kindOfMessage < 0.6) return [{ ...current, fate: 'again' }];
    // What was once replaced never comes back.
    if (kindOfMessage < 0.75) return [replaced === undefined ? correct(current) : { ...replaced, fate: 'again' }];
    if (kindOfMessage < 0.85) return [refused(kind, firstAt, chance)];
    const added = renew();
    return [added, refused(kind, firstAt, chance), { ...added, fate: 'again' }, renew()];
  };
}

function itemOf(kind: LoadKind, fate: 'new' | 'corrected', at: number, more: number, seq: number): Item {
  if (kind === 'bp') {
    const systolic = 110 + more;
    const reading = { kind, at, systolic, diastolic: 75, unit: 'mmHg', seq };
    return { fate, kind, at, value: systolic, reading };
  }
  const value = 110 + more;
  return { fate, kind, at, value, reading: { kind, at, value, unit: 'mg/dL', seq } };
}

function refused(kind: LoadKind, at: number, chance: Random): Item {
  const wrong = [
    'no reading at all',
    { kind, at },
    { kind: 'ecg', at, value: 1, unit: 'mg/dL' },
    { kind: 'cgm', at, value: -1, unit: 'mg/dL' },
    { kind: 'bp', at, systolic: 80, diastolic: 120, unit: 'mmHg' },
  ];
  return { fate: 'rejected', reading: wrong[Math.floor(chance() * wrong.length)] };
}
