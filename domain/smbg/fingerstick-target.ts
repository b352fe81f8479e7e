// What a fingerstick is measured against (clinical.md §4.1, §4.2; 国家基本公共卫生服务规范 2017, 中国2型糖尿病防治指南 2020).
// Promise: judged in the unit received, mg/dL lines being the rounded mmol/L ones (§2.2); without a context there is no target.
import type { GlucoseContext, GlucoseUnit, ScaleCode } from '../reading.ts';

/** Below it a fasting value is satisfactory, at it not. 7.0 mmol/L is 126 mg/dL. */
const FASTING_SATISFACTORY_BELOW: Readonly<Record<GlucoseUnit, number>> = { 'mmol/L': 7.0, 'mg/dL': 126 };
/** The guideline's range for fasting, both ends included: 4.4–7.0 mmol/L, 79–126 mg/dL. */
const FASTING_TARGET = { 'mmol/L': { from: 4.4, to: 7.0 }, 'mg/dL': { from: 79, to: 126 } } as const;
/** Below it for every other context: 10.0 mmol/L, 180 mg/dL. */
const NON_FASTING_TARGET_BELOW: Readonly<Record<GlucoseUnit, number>> = { 'mmol/L': 10.0, 'mg/dL': 180 };

export interface Fingerstick {
  /** In `unit`; not looked at where `code` is set. */
  readonly value: number;
  readonly unit: GlucoseUnit;
  readonly code?: ScaleCode | undefined;
  readonly context?: GlucoseContext | undefined;
}

/** A fasting value's own line, in either unit, where the patient has one: individual targets override (§4.2). */
export type OwnFastingLine = Readonly<Record<GlucoseUnit, number>>;

/** Whether a fasting value lies below 7.0 mmol/L, or below the patient's own line; undefined for every other context. */
export function isFastingSatisfactory(stick: Fingerstick, own?: OwnFastingLine): boolean | undefined {
  if (stick.context !== 'fasting') return undefined;
  if (stick.code !== undefined) return stick.code === 'LOW';
  return stick.value < (own ?? FASTING_SATISFACTORY_BELOW)[stick.unit];
}

/**
 * Whether it lies where it should: fasting 4.4–7.0 mmol/L, or from 4.4 to below the patient's own line, else below 10.0; undefined
 * without a context or when random.
 */
export function meetsFingerstickTarget(stick: Fingerstick, own?: OwnFastingLine): boolean | undefined {
  const { value, unit, code, context } = stick;
  if (context === undefined || context === 'random') return undefined;
  if (context === 'fasting') {
    if (code !== undefined || value < FASTING_TARGET[unit].from) return false;
    return own === undefined ? value <= FASTING_TARGET[unit].to : value < own[unit];
  }
  if (code !== undefined) return code === 'LOW';
  return value < NON_FASTING_TARGET_BELOW[unit];
}
