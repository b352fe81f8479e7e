// Glucose now, and the last 24 hours as a trace.
import { html, type TemplateResult } from 'lit-html';
import { glucoseBand } from '../../domain/glucose-class.ts';
import { createGlucoseChart } from './glucose-chart.ts';
import { circumstances, measuredAt, valueText } from './reading-text.ts';
import { t, timeOf, words } from './texts.ts';
import type { Reading } from './wire.ts';

export interface GlucoseDay {
  /** Ascending. */
  readonly cgm: readonly Reading[];
  readonly smbg: readonly Reading[];
  readonly timeZone: string;
  /** Epoch ms: what the trace covers, also where nothing was measured. */
  readonly from: number;
  readonly to: number;
}

export interface GlucoseSection {
  draw(day: GlucoseDay): TemplateResult;
  /** Paints the trace, now that its place has a width. */
  fit(): void;
}

export function glucoseSection(): GlucoseSection {
  const chart = createGlucoseChart();
  let drawn: GlucoseDay | undefined;
  return {
    draw(day) {
      const newest = newestOf([...day.cgm, ...day.smbg]);
      drawn = newest && day;
      if (!newest)
        return html`<section class="glucose"><h2>${t.glucose}</h2><p class="empty">${t.noGlucose}</p></section>`;
      return html`<section class="glucose"><h2>${t.glucose}</h2>
        <p class="newest"><span class="swatch ${bandOf(newest)}"></span><strong>${valueText(newest)}</strong>
          <span>${[t[bandOf(newest)], words(newest.kind), ...circumstances(newest), timeOf(measuredAt(newest), day.timeZone)].join(' · ')}</span></p>
        ${chart.element}</section>`;
    },
    fit() {
      if (drawn) chart.paint(drawn);
    },
  };
}

const newestOf = (readings: readonly Reading[]): Reading | undefined =>
  readings
    .filter(({ voidedAt }) => voidedAt === undefined)
    .toSorted((a, b) => Date.parse(measuredAt(a)) - Date.parse(measuredAt(b)))
    .at(-1);

function bandOf({ value, unit, code }: Reading) {
  const number = typeof value === 'number' ? value : 0;
  return glucoseBand(number, unit === 'mmol/L' ? 'mmol/L' : 'mg/dL', code);
}
