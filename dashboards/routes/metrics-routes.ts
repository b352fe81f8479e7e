// What a window of readings comes to: CGM metrics and the ambulatory profile from days that were summed up, home blood pressure by
// its protocol (clinical.md §3, §5.4).
import { homeBloodPressure } from '../../domain/blood-pressure/home.ts';
import { GLUCOSE_BANDS } from '../../domain/glucose-class.ts';
import { ambulatoryProfile } from '../../domain/metrics/ambulatory-profile.ts';
import { glucoseMetrics } from '../../domain/metrics/glucose-metrics.ts';
import { gridMetrics } from '../../domain/metrics/grid-metrics.ts';
import { mergeDaySummaries } from '../../domain/metrics/merge-day-summaries.ts';
import { readGlucoseWindow } from '../../storage/readings/read-glucose-window.ts';
import { deviceSpans } from '../../storage/registry/patient-profiles.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { askedWindow, WINDOW_QUERY } from '../asked-window.ts';
import { formatInstant } from '../instant.ts';
import { AmbulatoryProfileWire, GlucoseMetricsWire, HomeBloodPressureWire } from '../metrics-wire.ts';
import { patientEntryOf } from '../patient-entry.ts';
import { patientOf } from '../route-access.ts';
import { PatientParams, Strict } from '../wire.ts';

const GLUCOSE_DAYS = 14;
const PRESSURE_DAYS = 7;

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
        querystring: Strict(WINDOW_QUERY),
        response: { 200: GlucoseMetricsWire },
      },
    },
    async (request) => {
      const patient = await patientEntryOf(services, patientOf(request));
      const { timeZone } = patient.profile;
      const asked = askedWindow(request.query, GLUCOSE_DAYS, timeZone, now());
      const { summaries, cgm } = await readGlucoseWindow(storage, patient, asked, now());
      const metrics = glucoseMetrics(mergeDaySummaries(summaries), asked, gridMetrics(cgm, asked, timeZone));
      return { ...metrics, from: formatInstant(metrics.from), to: formatInstant(metrics.to) };
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

  server.get(
    '/patients/:patientId/blood-pressure',
    {
      config: { access: { permission: 'read', over: 'patient', opens: 'metrics' } },
      schema: {
        tags,
        description: 'By the home protocol: the first day is dropped; below its minimum every mean is absent.',
        params: PatientParams,
        querystring: Strict(WINDOW_QUERY),
        response: { 200: HomeBloodPressureWire },
      },
    },
    async (request) => {
      const { devices, profile } = await patientEntryOf(services, patientOf(request));
      const asked = askedWindow(request.query, PRESSURE_DAYS, profile.timeZone, now());
      const found = await storage.timeSeries.read(deviceSpans(devices, asked.from, asked.to), ['bp']);
      const readings = found.flatMap(({ reading }) => (reading.kind === 'bp' ? reading : []));
      const pressure = homeBloodPressure(readings, asked, profile.timeZone);
      return { ...pressure, from: formatInstant(pressure.from), to: formatInstant(pressure.to) };
    },
  );
};
