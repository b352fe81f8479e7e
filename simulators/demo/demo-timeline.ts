// What happens in a demo and when: something at once for whoever looks, then an event a minute, so that the inbox lives.
import type { PersonExtras } from '../fleet/virtual-person.ts';
import type { Excursion } from '../traces/glucose-trace.ts';
import { DAY_MS, MINUTE_MS } from '../traces/local-day.ts';
import type { ExtraSession } from '../traces/pressure-trace.ts';
import type { DemoPerson } from './demo-people.ts';

/**
 * The back-fill ends so long before now and what follows is played at speed until it has caught up: short enough that
 * every reading of it still arrives as a live one and may page (a reading more than 30 minutes old is late).
 */
export const LIVE_FROM_MS_AGO = 25 * MINUTE_MS;

const LOW = { mgPerDl: 46, rampMs: 40 * MINUTE_MS, lastsMs: 25 * MINUTE_MS };
const HIGH = { mgPerDl: 320, rampMs: 50 * MINUTE_MS, lastsMs: 150 * MINUTE_MS };
/** After it the people are left to their scenarios. */
const EVENTFUL_MS = 7 * DAY_MS;
type Occasion = 'pressure' | 'fingerstick' | 'low' | 'high' | 'crisis';
/** One a minute, in turn: something urgent about every six. */
const OCCASIONS: readonly Occasion[] = [
  'pressure',
  'fingerstick',
  'low',
  'pressure',
  'fingerstick',
  'pressure',
  'high',
  'pressure',
  'fingerstick',
  'crisis',
  'pressure',
  'fingerstick',
];

interface Extras {
  readonly excursions: Excursion[];
  readonly pressureSessions: ExtraSession[];
  readonly fingersticksAt: number[];
}

/**
 * By person, for a demo that starts at `now` (epoch ms, real time). What was measured before `knownUntil` is delivered and can't lead up to
 * an event any more, so events that would begin before it are left out: no body jumps.
 */
export function planTimeline(people: readonly DemoPerson[], now: number, knownUntil: number): readonly PersonExtras[] {
  const extras = people.map((): Extras => ({ excursions: [], pressureSessions: [], fingersticksAt: [] }));
  const having = (fits: (person: DemoPerson) => boolean) => extras.filter((_, index) => fits(people[index]!));
  const turns: Record<Occasion, readonly Extras[]> = {
    low: having(({ scenario, kinds }) => scenario === 'nocturnal_low' && kinds.includes('cgm')),
    high: having(({ scenario, kinds }) => scenario === 'high_after_meals' && kinds.includes('cgm')),
    crisis: having(({ scenario }) => scenario === 'bp_crisis'),
    pressure: having(({ scenario, kinds }) => scenario !== 'bp_crisis' && kinds.includes('bp_monitor')),
    fingerstick: having(({ kinds }) => kinds.includes('glucometer')),
  };
  const taken: Record<Occasion, number> = { low: 0, high: 0, crisis: 0, pressure: 0, fingerstick: 0 };
  const happen = (occasion: Occasion, at: number) => {
    const person = turns[occasion][taken[occasion]++ % turns[occasion].length]!;
    if (occasion === 'low' || occasion === 'high') {
      const excursion = excursionAt(occasion === 'low' ? LOW : HIGH, at);
      if (at - excursion.rampMs >= knownUntil) person.excursions.push(excursion);
    } else if (occasion === 'fingerstick') person.fingersticksAt.push(at);
    else person.pressureSessions.push({ at, crisis: occasion === 'crisis' });
  };

  happen('low', now - 28 * MINUTE_MS);
  happen('crisis', now - 23 * MINUTE_MS);
  happen('high', now - 115 * MINUTE_MS);
  happen('low', now - 10 * MINUTE_MS);
  for (let minute = 1; minute < EVENTFUL_MS / MINUTE_MS; minute++) {
    happen(OCCASIONS[minute % OCCASIONS.length]!, now + minute * MINUTE_MS);
  }
  return extras;
}

const excursionAt = ({ mgPerDl, rampMs, lastsMs }: typeof LOW, from: number): Excursion => ({
  from,
  to: from + lastsMs,
  rampMs,
  mgPerDl,
});
