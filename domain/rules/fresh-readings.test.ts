// What of an episode that goes on is news: an urgent one that a fresh reading shows again. Whoever closed its alert meanwhile has to hear.
import { describe, expect, test } from 'vitest';
import type { Sample } from '../../tests/readings/patient-windows.ts';
import {
  MINUTE_MS,
  PROFILE,
  pressureReading,
  START_AT,
  seriesFrom,
  windowWith,
} from '../../tests/readings/patient-windows.ts';
import { deriveSignal } from './derive-signal.ts';
import { applyDifference, NO_SIGNAL, type PersistedSignal } from './reconcile-signals.ts';
import type { PatientWindow } from './rule.ts';
import { windowRuleById } from './rule-catalogue.ts';

const at = (min: number) => START_AT + min * MINUTE_MS;

function createWorker(ruleId: string, profile = PROFILE) {
  const rule = windowRuleById(ruleId)!;
  let persisted: PersistedSignal = NO_SIGNAL;
  let ids = 0;
  return (window: PatientWindow, atMin: number) => {
    const newId = () => `episode-${++ids}`;
    const { difference } = deriveSignal({ rule, window, profile, now: at(atMin), persisted, newId });
    persisted = applyDifference(persisted, difference);
    return {
      freshAt: persisted.episodes.at(-1)?.freshAt,
      version: persisted.version,
      writes: difference.update.length,
    };
  };
}
const glucose = (kind: 'cgm' | 'smbg', samples: readonly Sample[]) => windowWith({ [kind]: [seriesFrom(samples)] });

describe('a low that runs on', () => {
  const low: Sample[] = [
    { min: 0, value: 50 },
    { min: 5, value: 49 },
  ];

  test('is news with each reading below its line that arrives in time', () => {
    const see = createWorker('CGM-01');
    expect(see(glucose('cgm', low), 5)).toMatchObject({ freshAt: at(5), version: 1 });
    expect(see(glucose('cgm', [...low, { min: 10, value: 48 }]), 10)).toMatchObject({ freshAt: at(10), version: 2 });
  });

  test('is none with one above its line, nor with one that arrives late', () => {
    const see = createWorker('CGM-01');
    see(glucose('cgm', low), 5);
    const slower = [...low, { min: 10, value: 60 }];
    expect(see(glucose('cgm', slower), 10)).toMatchObject({ freshAt: at(5), version: 1 });
    const late = [...slower, { min: 15, value: 48, receivedMin: 50 }];
    expect(see(glucose('cgm', late), 50)).toMatchObject({ freshAt: at(5), version: 1 });
  });

  test('of which only the rest is in sight keeps what was fresh before', () => {
    const see = createWorker('CGM-01');
    see(glucose('cgm', low), 5);
    const rest = { ...glucose('cgm', [{ min: 7, value: 51 }]), from: at(6) };
    expect(see(rest, 8)).toMatchObject({ freshAt: at(5), version: 1 });
  });

  test('as a warning is not worth a write', () => {
    const see = createWorker('CGM-02');
    const mild = [62, 61, 62, 63].map((value, slot) => ({ min: slot * 5, value }));
    see(glucose('cgm', mild), 15);
    expect(see(glucose('cgm', [...mild, { min: 20, value: 60 }]), 20)).toMatchObject({ version: 1, writes: 0 });
  });

  test('as the same warning in somebody on insulin is news', () => {
    const onInsulin = { ...PROFILE, treatments: [{ class: 'insulin' as const, from: 0 }] };
    const see = createWorker('CGM-02', onInsulin);
    const mild = [62, 61, 62, 63].map((value, slot) => ({ min: slot * 5, value }));
    see(glucose('cgm', mild), 15);
    expect(see(glucose('cgm', [...mild, { min: 20, value: 60 }]), 20)).toMatchObject({ freshAt: at(20), version: 2 });
  });
});

test('a fingerstick that is very low again within twelve hours is news of the same episode', () => {
  const see = createWorker('SMBG-01');
  see(glucose('smbg', [{ min: 0, value: 48 }]), 0);
  const again = [
    { min: 0, value: 48 },
    { min: 60, value: 50 },
  ];
  expect(see(glucose('smbg', again), 60)).toMatchObject({ freshAt: at(60), version: 2 });
});

test('a pressure at the emergency line that is still there hours later is news of the same episode, each time', () => {
  const see = createWorker('BP-01');
  const first = pressureReading(0, 225, 120);
  expect(see(windowWith({ bp: [first] }), 0)).toMatchObject({ freshAt: at(0), version: 1 });
  const second = pressureReading(240, 184, 100);
  expect(see(windowWith({ bp: [first, second] }), 240)).toMatchObject({ freshAt: at(240), version: 2 });
  const between = pressureReading(300, 170, 96);
  expect(see(windowWith({ bp: [first, second, between] }), 300)).toMatchObject({ freshAt: at(240), version: 2 });
});
