import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeCorrection, type ReadingVersion } from './correction.ts';

describe('a second value for the same instant', () => {
  it('that equals the first is the same reading', () => {
    expect(judgeCorrection({ value: '100 mg/dL', seq: 2 }, { value: '100 mg/dL', seq: 1 }, [])).toBe('duplicate');
  });

  it('wins by the higher seq, and loses by a lower one', () => {
    expect(judgeCorrection({ value: '110', seq: 3 }, { value: '100', seq: 2 }, [])).toBe('correction');
    expect(judgeCorrection({ value: '110', seq: 1, sentAt: 9 }, { value: '100', seq: 2, sentAt: 1 }, [])).toBe(
      'superseded',
    );
  });

  it('without seq wins by the later sentAt', () => {
    expect(judgeCorrection({ value: '110', sentAt: 5 }, { value: '100', sentAt: 4 }, [])).toBe('correction');
    expect(judgeCorrection({ value: '110', sentAt: 3 }, { value: '100', sentAt: 4, seq: 1 }, [])).toBe('superseded');
  });

  it('without both replaces the former, once: redelivery of a replaced value is a duplicate', () => {
    expect(judgeCorrection({ value: '110' }, { value: '100' }, [])).toBe('correction');
    expect(judgeCorrection({ value: '100' }, { value: '110' }, [{ value: '100' }])).toBe('duplicate');
  });

  it('ends the same in every order of arrival, redeliveries included, where the device numbers its readings', () => {
    const version = fc.integer({ min: 1, max: 8 }).map((seq): ReadingVersion => ({ value: `v${seq}`, seq }));
    fc.assert(
      fc.property(fc.array(version, { minLength: 1, maxLength: 12 }), (arrivals) => {
        const [first, ...rest] = arrivals;
        let current = first!;
        const previous: ReadingVersion[] = [];
        for (const arriving of rest) {
          const fate = judgeCorrection(arriving, current, previous);
          if (fate === 'duplicate') continue;
          previous.push(fate === 'correction' ? current : arriving);
          if (fate === 'correction') current = arriving;
        }
        expect(current.seq).toBe(Math.max(...arrivals.map(({ seq }) => seq!)));
      }),
    );
  });
});
