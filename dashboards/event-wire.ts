// Events of low and high glucose as the API answers them (clinical.md §3.6).
import Type, { type TSchema } from 'typebox';
import {
  eventsPerDay,
  GLUCOSE_EVENT_KINDS,
  type GlucoseEvent,
  type GlucoseEventKind,
  type GlucoseEvents,
} from '../domain/metrics/glucose-events.ts';
import { formatInstant } from './instant.ts';
import { InstantOut } from './wire.ts';

const perKind = <T extends TSchema>(schema: T) =>
  Type.Object({
    hypoL1: schema,
    hypoL2: schema,
    hypoExtended: schema,
    hyperL1: schema,
    hyperL2: schema,
    hyperExtended: schema,
  });

export const EventCounts = perKind(Type.Integer());
export const EventRates = perKind(Type.Number({ description: 'Events a day of recorded time.' }));

export const EventWire = Type.Object({
  kind: Type.Enum([...GLUCOSE_EVENT_KINDS]),
  startAt: InstantOut,
  endAt: Type.Optional(
    Type.String({ format: 'date-time', description: 'First recovered slot; absent where no recovery was seen.' }),
  ),
  minutes: Type.Number({ description: 'From the start to the last slot before recovery.' }),
  nadirMgPerDl: Type.Optional(Type.Number({ description: 'Of a low.' })),
  peakMgPerDl: Type.Optional(Type.Number({ description: 'Of a high.' })),
  truncated: Type.Boolean({ description: 'Cut before 15 min of recovery were seen.' }),
  truncatedBy: Type.Optional(
    Type.Enum(['gap', 'data_end'], {
      description: 'By more than 45 min without readings, or because the readings end: it may be going on.',
    }),
  ),
});
export type EventWire = Type.Static<typeof EventWire>;

/** All kinds by their start; a level 2 event behind the level 1 event that it lies in. */
export const toEventsWire = ({ events }: Pick<GlucoseEvents, 'events'>): EventWire[] =>
  GLUCOSE_EVENT_KINDS.flatMap((kind) => events[kind].map((event) => ({ kind, event })))
    .sort((a, b) => a.event.startAt - b.event.startAt)
    .map(({ kind, event }) => toEventWire(kind, event));

function toEventWire(kind: GlucoseEventKind, { startAt, endAt, minutes, extremeMgPerDl, truncated }: GlucoseEvent) {
  return {
    kind,
    startAt: formatInstant(startAt),
    ...(truncated === undefined && { endAt: formatInstant(endAt) }),
    minutes,
    ...(kind.startsWith('hypo') ? { nadirMgPerDl: extremeMgPerDl } : { peakMgPerDl: extremeMgPerDl }),
    truncated: truncated !== undefined,
    ...(truncated !== undefined && { truncatedBy: truncated }),
  };
}

const ofKinds = (numberOf: (kind: GlucoseEventKind) => number) => ({
  hypoL1: numberOf('hypoL1'),
  hypoL2: numberOf('hypoL2'),
  hypoExtended: numberOf('hypoExtended'),
  hyperL1: numberOf('hyperL1'),
  hyperL2: numberOf('hyperL2'),
  hyperExtended: numberOf('hyperExtended'),
});

export const toEventCounts = ({ events }: GlucoseEvents) => ofKinds((kind) => events[kind].length);
export const toEventRates = (events: GlucoseEvents) => ofKinds((kind) => eventsPerDay(events, kind));
