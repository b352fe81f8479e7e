import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BindingPeriod, decideBinding } from './decide-binding.ts';

const NOW = 1_000;

describe('two bindings of one device', () => {
  it('never take the same reading, whatever was asked for in whatever order', () => {
    const slot = fc.constantFrom(undefined, 'A', 'B');
    const time = fc.option(fc.integer({ min: 1, max: 2_000 }), { nil: undefined });
    const wishes = fc.array(fc.record({ slot, fromAt: time, toAt: time, now: fc.integer({ min: 1, max: 2_000 }) }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(wishes, (wanted) => {
        let bindings: BindingPeriod[] = [];
        for (const [index, { now, ...wish }] of wanted.entries()) {
          const decision = decideBinding(wish, bindings, now);
          if (decision.fate !== 'bind') continue;
          const kept = bindings.map((b) => (decision.ends.includes(b.bindingId) ? { ...b, toAt: now } : b));
          const { fromAt, toAt } = decision;
          bindings = [...kept, { bindingId: String(index), slot: wish.slot, fromAt, toAt }];
        }
        for (let at = 0; at <= 2_001; at += 7) {
          for (const read of ['A', 'B']) {
            const takers = bindings.filter(
              (b) =>
                b.fromAt <= at && (b.toAt === undefined || at < b.toAt) && (b.slot === undefined || b.slot === read),
            );
            expect(takers.length).toBeLessThanOrEqual(1);
          }
        }
      }),
    );
  });
});

it('a binding that was to begin tomorrow is not run over by one that begins now', () => {
  const tomorrow = { bindingId: 'tomorrow', fromAt: NOW + 10 };
  expect(decideBinding({}, [tomorrow], NOW)).toMatchObject({ fate: 'overlap', with: tomorrow });
  expect(decideBinding({ toAt: NOW + 10 }, [tomorrow], NOW)).toMatchObject({ fate: 'bind', fromAt: NOW, ends: [] });
});

it('what has ended stays as it was when a new one starts now', () => {
  const past = { bindingId: 'past', fromAt: 0, toAt: 500 };
  expect(decideBinding({}, [past], NOW)).toEqual({ fate: 'bind', fromAt: NOW, toAt: undefined, ends: [] });
});
