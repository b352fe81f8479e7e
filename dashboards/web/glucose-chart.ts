// The trace of one day in mmol/L over the consensus bands. Gaps stay gaps: a missed low must not be drawn away.
import uPlot from 'uplot';
import { BAND_LINES } from '../../domain/glucose-class.ts';
import { mmolPerLFromMgPerDl } from '../../domain/units.ts';
import type { Reading } from './wire.ts';

const lines = BAND_LINES['mmol/L'];
const BANDS = [
  { from: 0, to: lines.veryLowBelow, colour: '#f6c6c6' },
  { from: lines.veryLowBelow, to: lines.lowBelow, colour: '#fbe3e0' },
  { from: lines.lowBelow, to: lines.inRangeUpTo, colour: '#e6f4e9' },
  { from: lines.inRangeUpTo, to: lines.highUpTo, colour: '#fdf3d8' },
  { from: lines.highUpTo, to: 40, colour: '#fbe5c8' },
];
const GAP_SECONDS = 45 * 60;

export function glucoseChart(element: HTMLElement, readings: readonly Reading[]): void {
  const times: number[] = [];
  const values: (number | null)[] = [];
  for (const reading of [...readings].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    const at = Date.parse(reading.at) / 1000;
    const before = times.at(-1);
    if (before !== undefined && at - before > GAP_SECONDS) {
      times.push(before + 1);
      values.push(null);
    }
    times.push(at);
    values.push(reading.mgPerDl === undefined ? null : mmolPerLFromMgPerDl(reading.mgPerDl));
  }
  element.replaceChildren();
  new uPlot(
    {
      width: Math.min(1040, Math.max(320, document.documentElement.clientWidth - 64)),
      height: 260,
      legend: { show: false },
      scales: { y: { range: (_, __, highest) => [2, Math.max(14, highest + 1)] } },
      axes: [{ space: 60 }, { label: 'mmol/L', size: 48 }],
      series: [{}, { stroke: '#1c3d5a', width: 2, points: { show: times.length < 100, size: 4 } }],
      hooks: { drawClear: [paintBands] },
    },
    [times, values],
    element,
  );
}

function paintBands(chart: uPlot): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const band of BANDS) {
    const top = chart.valToPos(band.to, 'y', true);
    const bottom = chart.valToPos(band.from, 'y', true);
    ctx.fillStyle = band.colour;
    ctx.fillRect(bbox.left, top, bbox.width, bottom - top);
  }
  ctx.restore();
}
