import { describe, expect, it } from 'vitest';
import { pressureReading, START_AT } from '../../tests/readings/patient-windows.ts';
import { repeatRequest } from './repeat-request.ts';

const MINUTE_MS = 60_000;

describe('a pressure that is hard to believe', () => {
  it('is asked for again in five minutes, an answer counts for fifteen', () => {
    expect(repeatRequest(pressureReading(0, 120, 112))).toEqual({
      kind: 'bp',
      deviceKey: 1,
      dueAt: START_AT + 5 * MINUTE_MS,
      expiresAt: START_AT + 15 * MINUTE_MS,
    });
  });

  it('is not asked for where it came more than five minutes after it was measured', () => {
    expect(repeatRequest(pressureReading(0, 120, 112, { receivedMin: 5 }))).toBeDefined();
    expect(repeatRequest(pressureReading(0, 120, 112, { receivedMin: 5.01 }))).toBeUndefined();
  });
});
