// The trace of a stretch of time in mmol/L over the consensus bands, fingersticks as dots. Gaps stay gaps, the axis ends now and not with
// the last reading, and the scale reaches to the lowest value: neither a missed low nor a silence must be drawn away.
import uPlot from 'uplot';
import { BAND_LINES } from '../../domain/glucose-class.ts';
import { displayGlucose, mmolPerLFromMgPerDl } from '../../domain/units.ts';
import type { GlucoseDay } from './glucose-section.ts';
import { measuredAt } from './reading-text.ts';
import { clockOf, t } from './texts.ts';

const lines = BAND_LINES['mmol/L'];
const BANDS = [
  { from: 0, to: lines.veryLowBelow, colour: '#f6c6c6' },
  { from: lines.veryLowBelow, to: lines.lowBelow, colour: '#fbe3e0' },
  { from: lines.lowBelow, to: lines.inRangeUpTo, colour: '#e6f4e9' },
  { from: lines.inRangeUpTo, to: lines.highUpTo, colour: '#fdf3d8' },
  { from: lines.highUpTo, to: 60, colour: '#fbe5c8' },
];
const GAP_SECONDS = 45 * 60;
const HEIGHT = 260;
const LOWEST_SHOWN = 2;
const HIGHEST_SHOWN = 14;
const AXIS = { stroke: '#5b6673', grid: { stroke: '#0000000f', width: 1 }, ticks: { show: false } };

type Column = (number | null)[];
type Columns = [number[], Column, Column];

export interface GlucoseChart {
  /** Its place on the page; follows the page's width. */
  readonly element: HTMLElement;
  /** The element must be on screen. */
  paint(day: GlucoseDay): void;
}

export function createGlucoseChart(): GlucoseChart {
  const element = document.createElement('div');
  element.className = 'glucose-chart';
  element.setAttribute('role', 'img');
  let plot: uPlot | undefined;
  const resized = new ResizeObserver(() => {
    const width = element.clientWidth;
    if (plot && width > 0 && width !== plot.width) plot.setSize({ width, height: HEIGHT });
  });
  resized.observe(element);
  return {
    element,
    paint(day) {
      const columns = columnsOf(day);
      element.setAttribute('aria-label', inWords(columns));
      plot?.destroy();
      plot = new uPlot(optionsFor(day, element.clientWidth), columns, element);
    },
  };
}

function optionsFor({ cgm, timeZone, from, to }: GlucoseDay, width: number): uPlot.Options {
  return {
    width,
    height: HEIGHT,
    padding: [8, 12, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), timeZone),
    scales: {
      x: { range: () => [from / 1000, to / 1000] },
      y: { range: (_, lowest, highest) => yRange(lowest, highest) },
    },
    axes: [
      { ...AXIS, space: 70, size: 30, values: (_, splits) => splits.map((at) => clockOf(at * 1000, timeZone)) },
      { ...AXIS, label: 'mmol/L', size: 40, labelSize: 20 },
    ],
    series: [
      {},
      { stroke: '#1c3d5a', width: 2, points: { show: cgm.length < 100, size: 4 } },
      { width: 0, points: { show: true, size: 9, width: 2, stroke: '#1c3d5a', fill: '#fff' } },
    ],
    hooks: { drawClear: [paintBands] },
  };
}

function columnsOf({ cgm, smbg }: GlucoseDay): Columns {
  const points = [...cgm, ...smbg]
    .filter(({ voidedAt }) => voidedAt === undefined)
    .map((reading) => ({ reading, at: Date.parse(measuredAt(reading)) / 1000 }))
    .sort((a, b) => a.at - b.at);
  const columns: Columns = [[], [], []];
  const add = (at: number, trace: number | null | undefined, fingerstick: number | null | undefined) => {
    columns[0].push(at);
    // undefined leaves the line as it is, null breaks it.
    columns[1].push(trace as number | null);
    columns[2].push(fingerstick as number | null);
  };
  let traced: number | undefined;
  for (const { reading, at } of points) {
    const mmolPerL = reading.mgPerDl === undefined ? null : mmolPerLFromMgPerDl(reading.mgPerDl);
    if (reading.kind === 'smbg') {
      add(at, undefined, mmolPerL);
      continue;
    }
    if (traced !== undefined && at - traced > GAP_SECONDS)
      add(Math.max(columns[0].at(-1) ?? 0, at - 1), null, undefined);
    add(at, mmolPerL, undefined);
    traced = at;
  }
  return columns;
}

function inWords([, trace, fingersticks]: Columns): string {
  const values = [...trace, ...fingersticks].filter((value) => typeof value === 'number');
  const [lowest, highest] = [Math.min(...values), Math.max(...values)].map((value) => displayGlucose(value, 'mmol/L'));
  return `${t.glucose}: ${lowest} – ${highest} mmol/L`;
}

function yRange(lowest: number | null, highest: number | null): [number, number] {
  const from = Math.max(0, Math.min(LOWEST_SHOWN, Math.floor((lowest ?? LOWEST_SHOWN) - 0.5)));
  return [from, Math.max(HIGHEST_SHOWN, Math.ceil((highest ?? 0) + 0.5))];
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
