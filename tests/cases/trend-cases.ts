// Worked cases of the rate of change and of the predicted low.
import {
  isUrgentLowSoon,
  libreArrow,
  predictedMgPerDl,
  rateOfChange,
  trendArrow,
} from '../../domain/metrics/rate-of-change.ts';
import { singleTrace } from '../../domain/metrics/single-trace.ts';
import { mmolPerLFromMgPerDl } from '../../domain/units.ts';
import { type CaseReadings, parseTime, startOf } from './case-input.ts';
import { seriesOf, windowOf } from './case-series.ts';
import { snake } from './unit-cases.ts';

function trend(input: CaseReadings & { now?: string; now_min?: number }) {
  const series = seriesOf(input);
  const trace = singleTrace(series, windowOf(input, series));
  const last = trace.mgPerDl.at(-1);
  const now = parseTime(input.now ?? input.now_min ?? trace.measuredAt.at(-1) ?? 0, 'now', startOf(input));
  const slope = rateOfChange(trace, now);
  if (slope === undefined || last === undefined) {
    return {
      slope: undefined,
      arrow: 'not_computable',
      libre_arrow: 'not_computable',
      predicted_20min: undefined,
      predicted_mmol: undefined,
      alert: false,
    };
  }
  const predicted = predictedMgPerDl(last, slope);
  return {
    slope,
    slope_mgdl_min: slope,
    slope_mmol_min: mmolPerLFromMgPerDl(slope),
    arrow: snake(trendArrow(slope)),
    libre_arrow: snake(libreArrow(slope)),
    predicted_20min: predicted,
    predicted_mmol: mmolPerLFromMgPerDl(predicted),
    alert: isUrgentLowSoon(last, slope),
  };
}

export const trendCases = { 'cgm.trend': trend, 'cgm.predict': trend };
