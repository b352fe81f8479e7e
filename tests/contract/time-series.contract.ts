// What every TimeSeries engine promises. Run over each adapter with the settings that ship; promises nothing InfluxDB 2 can't keep.
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { GlucoseReading } from '../../domain/reading.ts';
import {
  ReadingContended,
  type ReplacedReading,
  type StoredReading,
  type TimeSeries,
} from '../../storage/ports/time-series.ts';
import { identityKey } from '../../storage/readings/identity-key.ts';
import type { EngineLine } from './engine-line.ts';
import { cgm, DAY, MINUTE, newDevice, pressure, replaced, START, span, stored } from './time-series-samples.ts';
import { describeTimeSeriesTroubles } from './time-series-troubles.contract.ts';

export interface TimeSeriesUnderTest {
  readonly series: TimeSeries;
  /** Between the adapter and its engine. */
  readonly line: EngineLine;
  close(): Promise<void>;
}

export function describeTimeSeries(engine: string, open: () => Promise<TimeSeriesUnderTest>): void {
  describe(`readings in ${engine}`, () => {
    let opened: TimeSeriesUnderTest | undefined;
    let series: TimeSeries;

    // Once, but not where the engine is missing and every test is skipped.
    beforeEach(async () => {
      opened ??= await open();
      series = opened.series;
    });
    afterAll(() => opened?.close());

    it('gives back a glucose reading exactly as it was written, with everything optional and with nothing', async () => {
      const deviceKey = newDevice();
      const bare = cgm(deviceKey, START, 6.4, { unit: 'mmol/L' });
      const full = cgm(deviceKey, START + MINUTE, 39, {
        kind: 'smbg',
        code: 'LOW',
        context: 'bedtime',
        flags: ['control_solution', 'clock'],
        slot: 'Ä "\\, {B}',
        seq: 2 ** 40,
        sentAt: START + 3 * MINUTE,
        measuredAt: START - 7 * MINUTE,
      });
      await series.write([stored(bare), stored(full, { partition: 7, seq: 2 ** 41, index: 999_999 })], []);
      const known = await series.find([bare, full]);
      expect(known.get(identityKey(bare))).toEqual({ current: stored(bare), previous: [] });
      expect(known.get(identityKey(full))?.current).toEqual(
        stored(full, { partition: 7, seq: 2 ** 41, index: 999_999 }),
      );
    });

    it('keeps a blood pressure in the unit it came in', async () => {
      const deviceKey = newDevice();
      const readings = [
        pressure(deviceKey, START, 132, 84),
        { ...pressure(deviceKey, START + MINUTE, 132, 84), ...KPA },
      ];
      await series.write(
        readings.map((reading) => stored(reading)),
        [],
      );
      expect((await series.read([span(deviceKey)], ['bp'])).map(({ reading }) => reading)).toEqual(readings);
    });

    it('is not changed by the same write again', async () => {
      const deviceKey = newDevice();
      const batch = [stored(cgm(deviceKey, START, 100)), stored(cgm(deviceKey, START + MINUTE, 101))];
      await series.write(batch, []);
      await series.write(batch, []);
      expect(await series.read([span(deviceKey)], ['cgm'])).toEqual(batch);
    });

    it('replaces a corrected value and still knows the old one and where it came from', async () => {
      const deviceKey = newDevice();
      const first = stored(cgm(deviceKey, START, 100, { seq: 1 }), { partition: 1, seq: 10, index: 0 });
      const second = stored(cgm(deviceKey, START, 90, { seq: 2 }), { partition: 1, seq: 11, index: 4 }, 1);
      await series.write([first], []);
      await series.write([second], [replaced(first, 'corrected')]);
      expect(await series.read([span(deviceKey)], ['cgm'])).toEqual([second]);
      expect((await series.find([first.reading])).get(identityKey(first.reading))).toEqual({
        current: second,
        previous: [first],
      });
    });

    it('knows a value that came too late to win, without showing it', async () => {
      const deviceKey = newDevice();
      const winner = stored(cgm(deviceKey, START, 90, { seq: 2 }));
      const late = stored(cgm(deviceKey, START, 100, { seq: 1 }), { partition: 0, seq: 5, index: 0 }, 1);
      await series.write([winner], []);
      await series.write([], [replaced(late, 'superseded')]);
      expect(await series.read([span(deviceKey)], ['cgm'])).toEqual([winner]);
      expect((await series.find([winner.reading])).get(identityKey(winner.reading))?.previous).toEqual([late]);
    });

    it('does not show a voided reading, but still knows it', async () => {
      const deviceKey = newDevice();
      const reading = stored(cgm(deviceKey, START, 100));
      const voided = { ...reading, revision: 1, voidedAt: START + DAY };
      await series.write([reading], []);
      await series.write([voided], [replaced(reading, 'voided')]);
      expect(await series.read([span(deviceKey)], ['cgm'])).toEqual([]);
      expect((await series.find([reading.reading])).get(identityKey(reading.reading))?.current).toEqual(voided);
    });

    describe('written by two at the same time', () => {
      const first = (deviceKey: number) =>
        stored(cgm(deviceKey, START, 100, { seq: 1 }), { partition: 1, seq: 10, index: 0 });
      const correction = (before: StoredReading, value: number, revision = 1): [StoredReading[], ReplacedReading[]] => {
        const reading = cgm(before.reading.deviceKey, START, value, { seq: value });
        return [[stored(reading, { partition: 1, seq: value, index: 0 }, revision)], [replaced(before, 'corrected')]];
      };
      const voiding = (before: StoredReading, revision = 1): [StoredReading[], ReplacedReading[]] => [
        [{ ...before, revision, voidedAt: START + DAY }],
        [replaced(before, 'voided')],
      ];
      const known = async ({ reading }: StoredReading) => (await series.find([reading])).get(identityKey(reading))!;

      it('lets the first of a correction and a void through, and tells the other to look again', async () => {
        for (const isVoidFirst of [false, true]) {
          const original = first(newDevice());
          await series.write([original], []);
          const [readings, audits] = isVoidFirst ? voiding(original) : correction(original, 90);
          await series.write(readings, audits);
          const later = isVoidFirst ? correction(original, 90) : voiding(original);
          await expect(series.write(...later)).rejects.toThrow(ReadingContended);
          expect(await known(original)).toEqual({ current: readings[0], previous: [original] });
        }
      });

      it('then takes what is decided anew', async () => {
        const original = first(newDevice());
        await series.write([original], []);
        const [[corrected], audits] = correction(original, 90) as [[StoredReading], ReplacedReading[]];
        await series.write([corrected], audits);
        const [[voided], reason] = voiding(corrected, 2) as [[StoredReading], ReplacedReading[]];
        await series.write([voided], reason);
        expect(await known(original)).toEqual({ current: voided, previous: [original, corrected] });
      });

      it('keeps nothing of what it refuses, not even of the readings beside it that replace something', async () => {
        const [original, other] = [first(newDevice()), first(newDevice())];
        await series.write([original, other], []);
        await series.write(...voiding(original));
        const [mine, audits] = correction(original, 90);
        const [beside, besideAudits] = correction(other, 91);
        await expect(series.write([...beside, ...mine], [...besideAudits, ...audits])).rejects.toThrow(
          ReadingContended,
        );
        expect(await known(other)).toEqual({ current: other, previous: [] });
        expect((await known(original)).previous).toEqual([original]);
      });

      it('does not let a value that comes too late pass for one that was there when the identity was looked at', async () => {
        const original = first(newDevice());
        await series.write([original], []);
        const late = stored({ ...original.reading, seq: 0 }, { partition: 0, seq: 5, index: 0 }, 1);
        await series.write(...voiding(original));
        await expect(series.write([], [replaced(late, 'superseded')])).rejects.toThrow(ReadingContended);
        await series.write([], [replaced({ ...late, revision: 2 }, 'superseded')]);
        expect((await known(original)).previous.map(({ revision }) => revision)).toEqual([0, 2]);
        // The next one knows of both.
        await expect(series.write(...correction(original, 90, 2))).rejects.toThrow(ReadingContended);
      });

      it('takes the same once more: whoever did not hear that it was written writes it again', async () => {
        const original = first(newDevice());
        const late = stored({ ...original.reading, seq: 0 }, { partition: 0, seq: 5, index: 0 }, 2);
        const [readings, audits] = correction(original, 90);
        await series.write([original], []);
        const all = [...audits, replaced(late, 'superseded')];
        for (let times = 0; times < 2; times++) await series.write(readings, all);
        expect(await known(original)).toEqual({ current: readings[0], previous: [original, late] });
      });

      it('lets exactly one of many through, each time', async () => {
        const originals = Array.from({ length: 5 }, () => first(newDevice()));
        await series.write(originals, []);
        for (const original of originals) {
          const writers = [81, 82, 83, 84].map((value) => series.write(...correction(original, value)));
          const outcomes = await Promise.allSettled([...writers, series.write(...voiding(original))]);
          const refused = outcomes.filter(({ status }) => status === 'rejected');
          expect(refused).toHaveLength(4);
          for (const outcome of refused) expect(outcome).toMatchObject({ reason: expect.any(ReadingContended) });
          expect((await known(original)).previous).toEqual([original]);
        }
      });
    });

    it('tells kinds and devices at the same instant apart', async () => {
      const [a, b] = [newDevice(), newDevice()];
      const readings = [cgm(a, START, 100), cgm(a, START, 101, { kind: 'smbg' }), cgm(b, START, 102)];
      await series.write(
        readings.map((reading) => stored(reading)),
        [],
      );
      const read = await series.read([span(b), span(a)], ['smbg', 'cgm']);
      expect(read.map(({ reading }) => (reading as GlucoseReading).value)).toEqual([100, 101, 102]);
      expect(await series.read([span(a)], ['bp'])).toEqual([]);
    });

    it('reads a half-open stretch of measured time, in time order', async () => {
      const deviceKey = newDevice();
      const minutes = [3, 1, 2, 0, 4];
      await series.write(
        minutes.map((minute) => stored(cgm(deviceKey, START + minute * MINUTE, 100 + minute))),
        [],
      );
      const read = await series.read([span(deviceKey, START + MINUTE, START + 4 * MINUTE)], ['cgm']);
      expect(read.map(({ reading }) => reading.measuredAt)).toEqual([1, 2, 3].map((minute) => START + minute * MINUTE));
    });

    it('finds readings whose clock was corrected, as far as the device was ever off', async () => {
      const deviceKey = newDevice();
      const ahead = cgm(deviceKey, START + 9 * DAY, 100, { measuredAt: START });
      const behind = cgm(deviceKey, START - 400 * DAY, 101, { measuredAt: START + MINUTE });
      await series.write([stored(ahead), stored(behind)], []);
      const around = { ...span(deviceKey, START, START + DAY), clockAheadMs: 10 * DAY, clockBehindMs: 401 * DAY };
      const read = await series.read([around], ['cgm']);
      expect(read.map(({ reading }) => (reading as GlucoseReading).value)).toEqual([100, 101]);
    });

    it("reads only one user's readings of a shared monitor", async () => {
      const deviceKey = newDevice();
      const readings = ['A', 'B', undefined].map((slot, index) => ({
        ...pressure(deviceKey, START + index * MINUTE, 130 + index, 80),
        slot,
      }));
      await series.write(
        readings.map((reading) => stored(reading)),
        [],
      );
      const read = await series.read([{ ...span(deviceKey), slot: 'B' }], ['bp']);
      expect(read.map(({ reading }) => reading.slot)).toEqual(['B']);
      expect(await series.read([span(deviceKey)], ['bp'])).toHaveLength(3);
    });

    it('takes readings of any year that a device may tell', async () => {
      const deviceKey = newDevice();
      const instants = [Date.UTC(2015, 0, 1), Date.UTC(2019, 5, 1), START, START + DAY];
      await series.write(
        instants.map((at) => stored(cgm(deviceKey, at, 100))),
        [],
      );
      const read = await series.read([span(deviceKey, 0, START + 2 * DAY)], ['cgm']);
      expect(read.map(({ reading }) => reading.at)).toEqual(instants);
    });

    it('tells the newest timestamp of each device and kind, and nothing of devices it does not know', async () => {
      const [a, b] = [newDevice(), newDevice()];
      const newest = cgm(a, START + 2 * MINUTE, 101);
      const readings = [
        cgm(a, START, 100),
        newest,
        cgm(a, START + MINUTE, 101, { kind: 'smbg' }),
        cgm(b, START - 9 * DAY, 1),
      ];
      await series.write(
        readings.map((reading) => stored(reading)),
        [],
      );
      await series.write([{ ...stored(newest), revision: 1, voidedAt: START }], [replaced(stored(newest), 'voided')]);
      expect(await series.newestAt([a, b, 9_999_999], START - DAY)).toEqual(
        new Map([[a, { cgm: START + 2 * MINUTE, smbg: START + MINUTE }]]),
      );
    });

    it('counts from the first moment asked for on, that one included, and each kind by itself', async () => {
      const deviceKey = newDevice();
      const [old, recent] = [cgm(deviceKey, START, 100), cgm(deviceKey, START + DAY, 7, { kind: 'smbg' })];
      await series.write([stored(old), stored(recent)], []);
      const newestFrom = async (fromAt: number) => (await series.newestAt([deviceKey], fromAt)).get(deviceKey);
      expect(await newestFrom(START)).toEqual({ cgm: START, smbg: START + DAY });
      expect(await newestFrom(START + 1)).toEqual({ smbg: START + DAY });
      expect(await newestFrom(START + DAY + 1)).toBeUndefined();
    });

    it('counts a voided reading as the newest, lest its repetition be taken for new, also where nothing else is left', async () => {
      const deviceKey = newDevice();
      const only = stored(cgm(deviceKey, START, 100));
      await series.write([only], []);
      await series.write([{ ...only, revision: 1, voidedAt: START + MINUTE }], [replaced(only, 'voided')]);
      expect(await series.newestAt([deviceKey], START)).toEqual(new Map([[deviceKey, { cgm: START }]]));
    });

    it('counts a value that came too late to win by the one that won', async () => {
      const deviceKey = newDevice();
      const [first, winner] = [stored(cgm(deviceKey, START, 100)), stored(cgm(deviceKey, START, 90), undefined, 1)];
      await series.write([first], []);
      await series.write([winner], [replaced(first, 'corrected')]);
      expect(await series.newestAt([deviceKey], START)).toEqual(new Map([[deviceKey, { cgm: START }]]));
      expect(await series.newestAt([deviceKey], START + 1)).toEqual(new Map());
    });

    it('takes two thousand readings at once', async () => {
      const deviceKey = newDevice();
      const batch = Array.from({ length: 2_000 }, (_, index) => stored(cgm(deviceKey, START + index * MINUTE, 100.5)));
      await series.write(batch, []);
      expect(await series.read([span(deviceKey, START, START + 2 * DAY)], ['cgm'])).toHaveLength(2_000);
    });

    it('erases what belongs to the stretches of one patient and nothing else', async () => {
      const [mine, shared] = [newDevice(), newDevice()];
      const first = stored(cgm(mine, START, 100));
      await series.write([first], []);
      await series.write([stored(cgm(mine, START, 99), undefined, 1)], [replaced(first, 'corrected')]);
      await series.write([stored(cgm(shared, START, 1)), stored(cgm(shared, START + DAY, 2))], []);
      await series.erase([span(mine), span(shared, START, START + MINUTE)]);
      expect(await series.read([span(mine), span(shared, START, START + 2 * DAY)], ['cgm'])).toHaveLength(1);
      expect(await series.find([first.reading])).toEqual(new Map());
    });

    it('answers an empty question without asking', async () => {
      await series.write([], []);
      expect(await series.find([])).toEqual(new Map());
      expect(await series.read([], ['cgm'])).toEqual([]);
      expect(await series.newestAt([], START)).toEqual(new Map());
    });

    describeTimeSeriesTroubles(() => opened!);
  });
}

const KPA = { unit: 'kPa', receivedSystolic: 17.6, receivedDiastolic: 11.2 } as const;
