// What a TimeSeries engine promises when it, or the way to it, is away, slow or silent. Written against the port alone.
import { afterEach, expect, it } from 'vitest';
import { TemporaryFailure } from '../../runtime/errors.ts';
import type { TimeSeries } from '../../storage/ports/time-series.ts';
import { identityKey } from '../../storage/readings/identity-key.ts';
import type { EngineLine } from './engine-line.ts';
import { cgm, MINUTE, newDevice, replaced, START, span, stored } from './time-series-samples.ts';

/** Beside what a write itself may take: a busy machine. */
const SLACK_MS = 1_500;

/** As whoever writes does: what passes by itself is tried again. */
async function untilTaken<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof TemporaryFailure) || tries === 20) throw error;
    }
  }
}

export function describeTimeSeriesTroubles(
  opened: () => { readonly series: TimeSeries; readonly line: EngineLine },
): void {
  afterEach(() => opened().line.mend());

  it('fails for a while when the engine is away, whatever it is asked, and works again when it is back', async () => {
    const { series, line } = opened();
    const deviceKey = newDevice();
    const first = stored(cgm(deviceKey, START, 100));
    await series.write([first], []);
    line.cut();
    const second = stored(cgm(deviceKey, START + MINUTE, 101));
    for (const ask of [
      () => series.write([second], []),
      () => series.find([first.reading]),
      () => series.read([span(deviceKey)], ['cgm']),
      () => series.newestAt([deviceKey], START),
      () => series.erase([span(deviceKey)]),
    ])
      await expect(ask()).rejects.toThrow(TemporaryFailure);
    line.mend();
    await untilTaken(() => series.write([second], []));
    expect(await untilTaken(() => series.read([span(deviceKey)], ['cgm']))).toEqual([first, second]);
    expect(await untilTaken(() => series.newestAt([deviceKey], START))).toEqual(
      new Map([[deviceKey, { cgm: START + MINUTE }]]),
    );
  });

  it.each([
    ['gets through to nobody', (line: EngineLine) => line.block()],
    ['is not answered', (line: EngineLine) => line.blockAnswers()],
    [
      'finds nobody to connect to',
      async (line: EngineLine, isAway: () => Promise<unknown>) => {
        line.cut();
        await isAway();
        line.mend();
        line.block();
      },
    ],
  ])('gives a write that %s up in time; written again, each reading is there once', async (_, trouble) => {
    const { series, line } = opened();
    const deviceKey = newDevice();
    const batch = Array.from({ length: 50 }, (_, index) => stored(cgm(deviceKey, START + index * MINUTE, 100 + index)));
    await untilTaken(() => series.find([batch[0]!.reading]));
    await trouble(line, () => expect(series.find([batch[0]!.reading])).rejects.toThrow(TemporaryFailure));
    const startedAt = performance.now();
    await expect(series.write(batch, [])).rejects.toThrow(TemporaryFailure);
    expect(performance.now() - startedAt).toBeLessThan(series.writeTimeoutMs + SLACK_MS);
    line.mend();
    await untilTaken(() => series.write(batch, []));
    expect(await series.read([span(deviceKey)], ['cgm'])).toEqual(batch);
    const known = await series.find(batch.map(({ reading }) => reading));
    expect([...known.values()]).toEqual(batch.map((current) => ({ current, previous: [] })));
  });

  it('shows the old or the new value of a correction that is not answered, never both or none; written again, it is the new one', async () => {
    const { series, line } = opened();
    const deviceKey = newDevice();
    const first = stored(cgm(deviceKey, START, 100), { partition: 1, seq: 10, index: 0 });
    const second = stored(cgm(deviceKey, START, 90), { partition: 1, seq: 11, index: 0 }, 1);
    await series.write([first], []);
    line.blockAnswers();
    await expect(series.write([second], [replaced(first, 'corrected')])).rejects.toThrow(TemporaryFailure);
    line.mend();
    const [seen, ...others] = await untilTaken(() => series.read([span(deviceKey)], ['cgm']));
    expect([first, second]).toContainEqual(seen);
    expect(others).toEqual([]);
    await untilTaken(() => series.write([second], [replaced(first, 'corrected')]));
    expect(await series.read([span(deviceKey)], ['cgm'])).toEqual([second]);
    expect((await series.find([first.reading])).get(identityKey(first.reading))).toEqual({
      current: second,
      previous: [first],
    });
  });

  it('has a value in the audit before another takes its place, at whichever packet the line breaks', async () => {
    const { series, line } = opened();
    let isWritten = false;
    let packets = 0;
    for (; !isWritten; packets++) {
      const deviceKey = newDevice();
      const first = stored(cgm(deviceKey, START, 100), { partition: 1, seq: 10, index: 0 });
      const second = stored(cgm(deviceKey, START, 90), { partition: 1, seq: 11, index: 0 }, 1);
      await untilTaken(() => series.write([first], []));
      line.cutAfter(packets);
      isWritten = await series.write([second], [replaced(first, 'corrected')]).then(
        () => true,
        (error: unknown) => {
          expect(error).toBeInstanceOf(TemporaryFailure);
          return false;
        },
      );
      line.mend();
      const known = (await untilTaken(() => series.find([first.reading]))).get(identityKey(first.reading));
      if (known?.current.revision === 1) expect(known).toEqual({ current: second, previous: [first] });
      else expect(known?.current).toEqual(first);
      await untilTaken(() => series.write([second], [replaced(first, 'corrected')]));
      expect((await series.find([first.reading])).get(identityKey(first.reading))).toEqual({
        current: second,
        previous: [first],
      });
      expect(packets).toBeLessThan(50);
    }
    // The line did break at least once.
    expect(packets).toBeGreaterThan(1);
  });
}
