import { describe, expect, it } from 'vitest';
import { partitionOfDevice, partitionOfPatient } from '../../storage/journal/partition-of.ts';
import type { DeviceBinding, DeviceEntry } from '../../storage/registry/device-entry.ts';
import { createPartitionProgress } from './partition-progress.ts';
import { createSoleWriter } from './sole-writer.ts';

const PARTITIONS = 8;
const DEVICE_KEY = 1;
const OWN = partitionOfDevice(DEVICE_KEY, PARTITIONS);
const NOW = Date.UTC(2026, 10, 22);
const MINUTE_MS = 60_000;

const others = Array.from({ length: 40 }, (_, index) => index + 1).filter(
  (patientKey) => partitionOfPatient(patientKey, PARTITIONS) !== OWN,
);
const ANNA = others[0]!;
const BRUNO = others.find(
  (patientKey) => partitionOfPatient(patientKey, PARTITIONS) !== partitionOfPatient(ANNA, PARTITIONS),
)!;
const [ANNAS, BRUNOS] = [partitionOfPatient(ANNA, PARTITIONS), partitionOfPatient(BRUNO, PARTITIONS)];

const deviceWith = (...bindings: DeviceBinding[]): DeviceEntry => ({
  deviceKey: DEVICE_KEY,
  deviceId: '0198c0de-0000-7000-8000-000000000001',
  kind: 'cgm',
  credentialSha256s: [],
  retired: false,
  bindings,
  clockAheadMs: 0,
  clockBehindMs: 0,
});
const lasting = (patientKey: number): DeviceBinding => ({ patientKey, fromAt: 0 });

function workerWith(...held: number[]) {
  const journal = { heads: new Map([...Array(PARTITIONS).keys()].map((partition) => [partition, 100])) };
  const world = { now: NOW, held: new Set(held), offsets: new Map(journal.heads), heads: journal.heads, looks: 0 };
  const dropped: number[] = [];
  const progress = createPartitionProgress({
    journal: {
      async heads() {
        world.looks += 1;
        const heads = [...world.heads].map(([partition, seq]) => ({ partition, seq }));
        return { heads, unconsumedBytes: 0, maxUnconsumedBytes: 1, storedBytes: 0, refusal: undefined };
      },
    },
    readOffsets: async () => new Map(world.offsets),
    now: () => world.now,
  });
  const writer = createSoleWriter({
    partitions: PARTITIONS,
    isHeld: (partition) => world.held.has(partition),
    deviceStates: { drop: (deviceKey) => dropped.push(deviceKey) },
    progress,
    now: () => world.now,
  });
  /** As a worker's batches do, every few seconds. */
  const passMinutes = async (minutes: number, device: DeviceEntry) => {
    for (let second = 0; second < minutes * 60; second += 10) {
      world.now += 10_000;
      writer.isSole(device);
      await writer.lookAround();
    }
  };
  return { ...writer, world, dropped, passMinutes };
}

describe('a worker alone writes a device', () => {
  it('whose every partition it holds, whoever wore it before', async () => {
    const { isSole, world } = workerWith(OWN, ANNAS, BRUNOS);
    expect(isSole(deviceWith(lasting(ANNA)))).toBe(true);
    expect(isSole(deviceWith({ ...lasting(ANNA), toAt: NOW - 1 }, lasting(BRUNO)))).toBe(true);
    expect(world.looks).toBe(0);
  });

  it('not while records of the time before its binding may wait in the device’s own partition, which is another’s', async () => {
    const { isSole, lookAround, world, dropped, passMinutes } = workerWith(ANNAS);
    const device = deviceWith(lasting(ANNA));
    world.heads.set(OWN, 101);
    expect(isSole(device)).toBe(false);
    await passMinutes(10, device);
    expect(isSole(device)).toBe(false);
    // The other has caught up, with what there was when it was looked at last.
    world.offsets.set(OWN, 101);
    world.now += 10_000;
    await lookAround();
    expect(isSole(device)).toBe(false);
    await passMinutes(2, device);
    expect(isSole(device)).toBe(true);
    // What it remembered was from before the other's last writes.
    expect(dropped).toEqual([DEVICE_KEY]);
    const { looks } = world;
    await passMinutes(1, device);
    expect(world.looks).toBe(looks);
  });

  it('not before brokers have heard of the binding, however little waits', async () => {
    const { isSole, passMinutes } = workerWith(ANNAS);
    const device = deviceWith(lasting(ANNA));
    await passMinutes(1, device);
    expect(isSole(device)).toBe(false);
    await passMinutes(1, device);
    expect(isSole(device)).toBe(true);
  });

  it('nor where its present patient is another worker’s', async () => {
    const { isSole, passMinutes } = workerWith(OWN, ANNAS);
    const device = deviceWith(
      { ...lasting(ANNA), toAt: NOW - MINUTE_MS },
      { patientKey: BRUNO, fromAt: NOW - MINUTE_MS },
    );
    await passMinutes(10, device);
    expect(isSole(device)).toBe(false);
  });

  it('nor where it is going to be somebody else’s by itself', async () => {
    const { isSole, passMinutes } = workerWith(ANNAS);
    const ending = deviceWith({ ...lasting(ANNA), toAt: NOW + 60 * MINUTE_MS });
    const beginning = deviceWith(lasting(ANNA), { patientKey: BRUNO, slot: 'B', fromAt: NOW + 60 * MINUTE_MS });
    for (const device of [ending, beginning]) {
      await passMinutes(10, device);
      expect(isSole(device)).toBe(false);
    }
  });

  it('anew after each change of its bindings', async () => {
    const { isSole, passMinutes } = workerWith(ANNAS);
    const device = deviceWith(lasting(ANNA));
    await passMinutes(2, device);
    expect(isSole(device)).toBe(true);
    expect(isSole(deviceWith({ ...lasting(BRUNO), toAt: NOW - 1 }, lasting(ANNA)))).toBe(false);
  });
});
