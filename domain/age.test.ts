import { describe, expect, it } from 'vitest';
import { ageYears } from './age.ts';

describe('age', () => {
  it('counts the birthday itself', () => {
    expect(ageYears('1961-05-20', '2026-05-19')).toBe(64);
    expect(ageYears('1961-05-20', '2026-05-20')).toBe(65);
  });

  it('of someone born on 29 February rises on 1 March in other years', () => {
    expect(ageYears('1960-02-29', '2025-02-28')).toBe(64);
    expect(ageYears('1960-02-29', '2025-03-01')).toBe(65);
    expect(ageYears('1960-02-29', '2024-02-29')).toBe(64);
  });
});
