import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_DEVICE_MODELS } from './device-model.ts';
import { checkGlucose, checkPressure, timeRejection } from './plausibility.ts';
import { isJump, isOutsideSensorRange } from './suspect-reading.ts';

const model = (modelId: string) => DEFAULT_DEVICE_MODELS.find((candidate) => candidate.modelId === modelId);
const dexcom = model('dexcom');
const cgm = (value: number | 'LOW' | 'HIGH', unit: 'mg/dL' | 'mmol/L' = 'mg/dL') =>
  ({ kind: 'cgm', value, unit }) as const;
const receivedAt = Date.parse('2026-11-22T08:00:00+08:00');
const hourMs = 3_600_000;

describe('the time of a reading', () => {
  it('before 2015 is invalid, from 2015 on it counts', () => {
    expect(timeRejection(Date.UTC(2015, 0, 1) - 1, receivedAt)?.code).toBe('invalid_time');
    expect(timeRejection(Date.UTC(2015, 0, 1), receivedAt)).toBeUndefined();
    expect(timeRejection(Number.NaN, receivedAt)?.code).toBe('invalid_time');
  });

  it('may lie up to a day ahead of the server, not more', () => {
    expect(timeRejection(receivedAt + 24 * hourMs, receivedAt)).toBeUndefined();
    expect(timeRejection(receivedAt + 24 * hourMs + 1, receivedAt)?.code).toBe('time_in_future');
    expect(timeRejection(9e15, receivedAt)?.code).toBe('time_in_future');
  });
});

describe('a glucose value', () => {
  it('is accepted from 10 to 600 mg/dL and from 0.6 to 33.3 mmol/L, both ends included', () => {
    const accepted = [cgm(10), cgm(600), cgm(0.6, 'mmol/L'), cgm(33.3, 'mmol/L')];
    const quarantined = [cgm(9.9), cgm(600.1), cgm(0.5, 'mmol/L'), cgm(33.4, 'mmol/L')];
    for (const input of accepted) expect(checkGlucose(input).accepted?.value).toBe(input.value);
    for (const input of quarantined) {
      expect(checkGlucose(input).rejection).toMatchObject({ code: 'implausible_value', waivable: true });
    }
  });

  it('of 120 "mmol/L" is kept for review, never converted, and counts when a person waives the check', () => {
    expect(checkGlucose(cgm(120, 'mmol/L')).rejection?.waivable).toBe(true);
    expect(checkGlucose(cgm(120, 'mmol/L'), undefined, { waived: true }).accepted?.value).toBe(120);
  });

  it('of 0 or less is no glucose, waived or not', () => {
    for (const waived of [false, true]) {
      expect(checkGlucose(cgm(0), undefined, { waived }).rejection?.waivable).toBeUndefined();
      expect(checkGlucose(cgm(-4), undefined, { waived }).rejection?.code).toBe('implausible_value');
    }
  });

  it('below 39 from a Dexcom is an error code of the sensor; from another sensor it is a very low value', () => {
    for (const value of [1, 5, 12, 38]) {
      expect(checkGlucose(cgm(value), dexcom, { waived: true }).rejection).toMatchObject({ sensorError: true });
    }
    expect(checkGlucose(cgm(39), dexcom).accepted?.value).toBe(39);
    expect(checkGlucose(cgm(2.2, 'mmol/L'), dexcom).accepted?.value).toBe(2.2);
    expect(checkGlucose(cgm(2.1, 'mmol/L'), dexcom).rejection?.sensorError).toBe(true);
    expect(checkGlucose(cgm(38), model('generic-cgm')).accepted?.value).toBe(38);
  });

  it('off the scale counts as the bound of its scale: LOW 39, HIGH 401, HI of a Libre 501', () => {
    expect(checkGlucose(cgm('LOW')).accepted).toEqual({ value: 39, code: 'LOW', flags: [] });
    expect(checkGlucose(cgm('HIGH')).accepted?.value).toBe(401);
    expect(checkGlucose(cgm('HIGH'), dexcom).accepted?.value).toBe(401);
    expect(checkGlucose(cgm('HIGH', 'mmol/L'), model('libre')).accepted?.value).toBe(501);
  });

  it('outside 40 to 400 mg/dL is suspect from a sensor, not from a meter, and accepted from both', () => {
    expect(checkGlucose(cgm(401)).accepted?.flags).toEqual(['suspect']);
    expect(checkGlucose(cgm(400)).accepted?.flags).toEqual([]);
    expect(checkGlucose({ kind: 'smbg', value: 450, unit: 'mg/dL' }).accepted?.flags).toEqual([]);
    expect([2.2, 22.2].map((value) => isOutsideSensorRange(value, 'mmol/L'))).toEqual([false, false]);
    expect([2.1, 22.3].map((value) => isOutsideSensorRange(value, 'mmol/L'))).toEqual([true, true]);
  });

  it('a model’s own scale says where: 401 to 500 mg/dL of a Libre are no more doubtful than 300', () => {
    const flags = (value: number, modelId: string, unit?: 'mmol/L') =>
      checkGlucose(cgm(value, unit), model(modelId)).accepted?.flags;
    expect([401, 500].map((value) => flags(value, 'libre'))).toEqual([[], []]);
    expect([501, 39].map((value) => flags(value, 'libre'))).toEqual([['suspect'], ['suspect']]);
    expect([22.3, 27.8, 27.9].map((value) => flags(value, 'libre', 'mmol/L'))).toEqual([[], [], ['suspect']]);
    expect([400, 401].map((value) => flags(value, 'dexcom'))).toEqual([[], ['suspect']]);
    expect([400, 401].map((value) => flags(value, 'generic-cgm'))).toEqual([[], ['suspect']]);
  });

  it('that is no number at all is refused, whatever it is, without an exception', () => {
    fc.assert(
      fc.property(fc.double(), fc.constantFrom('mg/dL', 'mmol/L'), (value, unit) => {
        const checked = checkGlucose(cgm(value, unit), dexcom);
        expect(checked.accepted === undefined).not.toBe(checked.rejection === undefined);
      }),
    );
    expect(checkGlucose(cgm(Number.NaN)).rejection?.code).toBe('wrong_type');
  });
});

describe('a jump between two readings of a sensor', () => {
  it('is a change of more than 5 mg/dL a minute, either way', () => {
    const at = receivedAt;
    expect(isJump(100, at, 125, at + 5 * 60_000)).toBe(false);
    expect(isJump(100, at, 126, at + 5 * 60_000)).toBe(true);
    expect(isJump(126, at, 100, at + 5 * 60_000)).toBe(true);
    expect(isJump(100, at, 200, at)).toBe(false);
  });
});

describe('a blood pressure', () => {
  const mmHg = (systolic: number, diastolic: number, pulse?: number) =>
    ({ systolic, diastolic, pulse, unit: 'mmHg' }) as const;

  it('is accepted at the limits of what is likely and kept for review beyond', () => {
    for (const [s, d] of [
      [60, 30],
      [260, 200],
      [132, 84],
    ] as const) {
      expect(checkPressure(mmHg(s, d)).accepted).toMatchObject({ systolicMmHg: s, diastolicMmHg: d });
    }
    for (const [s, d] of [
      [59, 30],
      [261, 90],
      [90, 29],
      [250, 201],
    ] as const) {
      expect(checkPressure(mmHg(s, d)).rejection).toMatchObject({ code: 'implausible_value', waivable: true });
      expect(checkPressure(mmHg(s, d), { waived: true }).accepted?.systolicMmHg).toBe(s);
    }
  });

  it('with systolic at or below diastolic is refused and never swapped', () => {
    expect(checkPressure(mmHg(80, 120)).rejection?.waivable).toBeUndefined();
    expect(checkPressure(mmHg(80, 80), { waived: true }).rejection?.code).toBe('implausible_value');
    for (const waived of [false, true]) {
      const { rejection } = checkPressure(mmHg(80, 0), { waived });
      expect(rejection).toMatchObject({ code: 'implausible_value' });
      expect(rejection?.waivable).toBeUndefined();
    }
    expect(checkPressure(mmHg(81, 80)).accepted?.askToRepeat).toBe(true);
  });

  it('in fractions of a mmHg is refused, in kPa rounded to whole mmHg', () => {
    expect(checkPressure(mmHg(132.5, 84)).rejection?.waivable).toBeUndefined();
    expect(checkPressure({ systolic: 18.7, diastolic: 12, unit: 'kPa' }).accepted).toMatchObject({
      systolicMmHg: 140,
      diastolicMmHg: 90,
    });
  });

  it('with a pulse pressure below 10 is accepted and asked for again', () => {
    expect(checkPressure(mmHg(100, 90)).accepted?.askToRepeat).toBe(false);
    expect(checkPressure(mmHg(100, 91)).accepted?.askToRepeat).toBe(true);
  });

  it('with a pulse outside 30 to 220 is kept for review', () => {
    expect([30, 220].map((pulse) => checkPressure(mmHg(120, 80, pulse)).rejection)).toEqual([undefined, undefined]);
    for (const pulse of [29, 221]) expect(checkPressure(mmHg(120, 80, pulse)).rejection?.waivable).toBe(true);
  });

  it('that is no number is refused without an exception', () => {
    expect(checkPressure(mmHg(Number.NaN, 80)).rejection?.code).toBe('wrong_type');
    expect(checkPressure(mmHg(120, Number.POSITIVE_INFINITY)).rejection?.code).toBe('wrong_type');
  });
});
