// Worked cases of units and classes of glucose.
import { glucoseBand, isTightRange } from '../../domain/glucose-class.ts';
import { checkGlucose } from '../../domain/plausibility.ts';
import type { GlucoseUnit } from '../../domain/reading.ts';
import {
  displayGlucose,
  MM_HG_PER_KPA,
  mgPerDlFromMmolPerL,
  roundHalfAwayFromZero,
  toMgPerDl,
  toMmolPerL,
  wholeMmHgFromKpa,
} from '../../domain/units.ts';
import { type CaseValue, glucoseOf } from './case-input.ts';
import { modelOf, scaleOf } from './case-series.ts';

/** camelCase names of ours as the cases write them. */
export const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function convert({ value, from, to }: { value: number; from: string; to: string }) {
  if (from === 'kPa') {
    const mmHg = value * MM_HG_PER_KPA;
    return { value: mmHg, display: String(wholeMmHgFromKpa(value)), mmhg: wholeMmHgFromKpa(value) };
  }
  if (from === 'mmHg') {
    const kPa = value / MM_HG_PER_KPA;
    return { value: kPa, display: roundHalfAwayFromZero(kPa, 1).toFixed(1) };
  }
  const unit = from as GlucoseUnit;
  const converted = to === 'mg/dL' ? toMgPerDl(value, unit) : toMmolPerL(value, unit);
  return { value: converted, display: displayGlucose(converted, to as GlucoseUnit) };
}

/** What is kept for review is neither accepted nor rejected for good. */
export function statusOf({
  accepted,
  rejection,
}: {
  accepted?: unknown;
  rejection?: { waivable?: boolean } | undefined;
}) {
  if (accepted !== undefined) return 'accepted';
  return rejection?.waivable ? 'quarantined' : 'rejected';
}

interface ClassifyInput {
  unit?: GlucoseUnit;
  values: unknown[];
  device?: string;
}

function classify({ unit = 'mg/dL', values, device }: ClassifyInput) {
  const model = modelOf(device);
  const given = values.map((value) => {
    const { value: read, word } = glucoseOf({ at: 0, value });
    const code = typeof read === 'string' ? read : undefined;
    const number = typeof read === 'string' ? 0 : read;
    const { accepted, rejection } = checkGlucose(
      { kind: 'cgm', value: read as CaseValue, unit },
      model ?? scaleOf(word),
    );
    return { code, number, accepted, rejection, band: snake(glucoseBand(number, unit, code)) };
  });
  const mgPerDl = given.map(({ number, accepted, code }) =>
    code === undefined ? toMgPerDl(number, unit) : accepted?.value,
  );
  const displayed = (to: GlucoseUnit) =>
    mgPerDl.map((value) =>
      value === undefined ? null : displayGlucose(to === 'mg/dL' ? value : toMmolPerL(value, 'mg/dL'), to),
    );
  return {
    classes: given.map(({ band }) => band),
    mgdl_rounded: given.map(({ number, code, accepted }) =>
      code !== undefined ? accepted?.value : Math.round(unit === 'mmol/L' ? mgPerDlFromMmolPerL(number) : number),
    ),
    mgdl: mgPerDl,
    in_range: given.map(({ band }) => band === 'in_range'),
    tight_range: given.map(({ number, code }) => isTightRange(number, unit, code)),
    in_range_70_140: given.map(({ number, code }) => isTightRange(number, unit, code)),
    below_range: given.map(({ band }) => band === 'low' || band === 'very_low'),
    above_range: given.map(({ band }) => band === 'high' || band === 'very_high'),
    display_mgdl: displayed('mg/dL'),
    display_mmol: displayed('mmol/L'),
    mmol_display: displayed('mmol/L'),
    accepted: given.map(({ accepted }) => accepted !== undefined),
    rejected: given.map(({ rejection }) => rejection !== undefined && rejection.waivable !== true),
    quarantined: given.map(({ rejection }) => rejection?.waivable === true),
    status: given.map(statusOf),
    codes: given.map(({ rejection }) => rejection?.code ?? null),
    suspect: given.map(({ accepted }) => accepted?.flags.includes('suspect') ?? false),
    clipped: given.map(({ code }) => code !== undefined),
  };
}

function display({ value, unit }: { value: number; unit: GlucoseUnit }) {
  return { display: displayGlucose(value, unit) };
}

export const unitCases = {
  'unit.convert': convert,
  'unit.display': display,
  'glucose.classify': classify,
  'glucose.plausibility': classify,
  'glucose.validity': classify,
};
