// What a window of CGM readings comes to: metrics, events and the ambulatory profile, from days that were summed up (clinical.md §3).
import Type from 'typebox';
import { GLUCOSE_BANDS } from '../../domain/glucose-class.ts';
import { ambulatoryProfile } from '../../domain/metrics/ambulatory-profile.ts';
import { glucoseEvents } from '../../domain/metrics/glucose-events.ts';
import { mergeDaySummaries } from '../../domain/metrics/merge-day-summaries.ts';
import { periodChange } from '../../domain/metrics/period-change.ts';
import { readGlucoseWindow } from '../../storage/readings/read-glucose-window.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { askedWindow, WINDOW_QUERY } from '../asked-window.ts';
import { EventCounts, EventRates, EventWire, toEventCounts, toEventRates, toEventsWire } from '../event-wire.ts';
import { formatInstant } from '../instant.ts';
import { AmbulatoryProfileWire, GlucoseMetricsWire } from '../metrics-wire.ts';
import { pageOfAll } from '../page-cursor.ts';
import { patientEntryOf } from '../patient-entry.ts';
import { patientOf } from '../route-access.ts';
import { previousWindow, toMetricsWire, windowMetrics } from '../window-metrics.ts';
import { InstantOut, PAGE_QUERY, Page, PatientParams, Strict } from '../wire.ts';

const EventsWire = Type.Object({
  from: InstantOut,
  to: InstantOut,
  timeZone: Type.String(),
  slotMin: Type.Optional(Type.Integer({ description: 'What lasting is counted in, minutes.' })),
  recordedDays: Type.Optional(Type.Number()),
  counts: Type.Optional(EventCounts),
  perDay: Type.Optional(EventRates),
  level1Only: Type.Optional(
    Type.Object(
      { hypo: Type.Integer(), hyper: Type.Integer() },
      { description: 'Level 1 events in which no level 2 event lies.' },
    ),
  ),
  ...Page(EventWire).properties,
});

const GLUCOSE_DAYS = 14;

export const metricsRoutes: ApiRoutes = (services) => async (server) => {
  const { storage, now } = services;
  const tags = ['metrics'];

  server.get(
    '/patients/:patientId/glucose-metrics',
    {
      config: { access: { permission: 'read', over: 'patient', opens: 'metrics' } },
      schema: {
        tags,
        description: `Of CGM readings. Shares in percent, ${GLUCOSE_BANDS.join(', ')} sum to 100. What can't be computed is absent.`,
        params: PatientParams,
        querystring: Strict({
          ...WINDOW_QUERY,
          compare: Type.Optional(Type.Literal('previous', { description: 'With the window just before.' })),
        }),
        response: { 200: GlucoseMetricsWire },
      },
    },
    async (request) => {
      const { compare, ...query } = request.query;
      const patient = await patientEntryOf(services, patientOf(request));
      const asked = askedWindow(query, GLUCOSE_DAYS, patient.profile.timeZone, now());
      const metrics = await windowMetrics(storage, patient, asked, now());
      if (compare === undefined) return toMetricsWire(metrics);
      const previous = await windowMetrics(storage, patient, previousWindow(asked), now());
      const change = periodChange(metrics, previous);
      return { ...toMetricsWire(metrics), previous: toMetricsWire(previous), ...(change && { change }) };
    },
  );

  server.get(
    '/patients/:patientId/events',
    {
      config: { access: { permission: 'read', over: 'patient', opens: 'metrics' } },
      schema: {
        tags,
        description:
          'Lows and highs of CGM that lasted, on the 5-minute grid, in the order of their start. Level 2 lies inside level 1. `counts` and `perDay` are of the whole window, whatever the page; a rate is per day of recorded time. Without readings there are none.',
        params: PatientParams,
        querystring: Strict({ ...WINDOW_QUERY, ...PAGE_QUERY }),
        response: { 200: EventsWire },
      },
    },
    async (request) => {
      const { limit, cursor, ...query } = request.query;
      const patient = await patientEntryOf(services, patientOf(request));
      const { timeZone } = patient.profile;
      const asked = askedWindow(query, GLUCOSE_DAYS, timeZone, now());
      const { cgm } = await readGlucoseWindow(storage, patient, asked, now());
      const found = glucoseEvents(cgm, asked, timeZone);
      const page = pageOfAll(
        found ? toEventsWire(found) : [],
        { limit, cursor },
        ({ kind, startAt }) => `${kind} ${startAt}`,
        (event) => event,
      );
      return {
        from: formatInstant(asked.from),
        to: formatInstant(asked.to),
        timeZone,
        ...(found && {
          slotMin: found.slotMin,
          recordedDays: found.recordedDays,
          counts: toEventCounts(found),
          perDay: toEventRates(found),
          level1Only: found.level1Only,
        }),
        ...page,
      };
    },
  );

  server.get(
    '/patients/:patientId/agp',
    {
      config: { access: { permission: 'read', over: 'patient', opens: 'metrics' } },
      schema: {
        tags,
        description:
          'The ambulatory glucose profile: percentiles of the days that lie one upon another, slot by slot, unsmoothed. No slots where the window is insufficient; no percentiles in a slot with fewer than five days.',
        params: PatientParams,
        querystring: Strict(WINDOW_QUERY),
        response: { 200: AmbulatoryProfileWire },
      },
    },
    async (request) => {
      const patient = await patientEntryOf(services, patientOf(request));
      const asked = askedWindow(request.query, GLUCOSE_DAYS, patient.profile.timeZone, now());
      const { summaries, cgm } = await readGlucoseWindow(storage, patient, asked, now());
      const { slots, from, to, ...profile } = ambulatoryProfile(mergeDaySummaries(summaries), asked, cgm);
      return { ...profile, from: formatInstant(from), to: formatInstant(to), ...(slots && { slots: [...slots] }) };
    },
  );
};
