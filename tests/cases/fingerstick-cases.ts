// Worked cases of fingersticks: which rule one value sets off by itself, and whether it lies below the range.
import { glucoseBand } from '../../domain/glucose-class.ts';
import type { GlucoseUnit } from '../../domain/reading.ts';
import { RULE_CATALOGUE } from '../../domain/rules/rule-catalogue.ts';
import { evaluateAt, seriesFrom, windowWith } from '../readings/patient-windows.ts';

const FINGERSTICK_RULES = RULE_CATALOGUE.filter(({ kinds }) => kinds.includes('smbg'));

function classify({ unit, values }: { unit: GlucoseUnit; values: number[] }) {
  const firing = (value: number) => {
    const window = windowWith({ smbg: [seriesFrom([{ min: 0, value }], { unit })] });
    return FINGERSTICK_RULES.filter((rule) => evaluateAt(rule, window, 0).verdict === 'firing').map(({ id }) => id);
  };
  return {
    alerts: values.map((value) => firing(value).join(' + ') || null),
    below_range: values.map((value) => ['veryLow', 'low'].includes(glucoseBand(value, unit))),
  };
}

export const fingerstickCases = { 'smbg.classify': classify };
