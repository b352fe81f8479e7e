// Home blood pressure of a window, by its protocol (clinical.md §5.4).
import { homeBloodPressure } from '../../domain/blood-pressure/home.ts';
import { bloodPressureSessions } from '../../domain/blood-pressure/session.ts';
import { conditionsAt } from '../../storage/registry/patient-conditions.ts';
import { deviceSpans } from '../../storage/registry/patient-profiles.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { askedWindow, WINDOW_QUERY } from '../asked-window.ts';
import { patientEntryOf } from '../patient-entry.ts';
import { HomeBloodPressureWire, toPressureWire } from '../pressure-wire.ts';
import { patientOf } from '../route-access.ts';
import { PatientParams, Strict } from '../wire.ts';

const PRESSURE_DAYS = 7;

export const pressureRoutes: ApiRoutes = (services) => async (server) => {
  const { db, storage, now } = services;

  server.get(
    '/patients/:patientId/blood-pressure',
    {
      config: { access: { permission: 'read', over: 'patient', opens: 'metrics' } },
      schema: {
        tags: ['metrics'],
        description: 'By the home protocol: the first day is dropped; below its minimum every mean is absent.',
        params: PatientParams,
        querystring: Strict(WINDOW_QUERY),
        response: { 200: HomeBloodPressureWire },
      },
    },
    async (request) => {
      const { patientKey, devices, profile } = await patientEntryOf(services, patientOf(request));
      const { timeZone, birthDate } = profile;
      const asked = askedWindow(request.query, PRESSURE_DAYS, timeZone, now());
      const [found, conditions] = await Promise.all([
        storage.timeSeries.read(deviceSpans(devices, asked.from, asked.to), ['bp']),
        conditionsAt(db, patientKey, asked.to - 1),
      ]);
      const readings = found.flatMap(({ reading }) => (reading.kind === 'bp' ? reading : []));
      const sessions = bloodPressureSessions(readings);
      const known = await storage.devices.loadByKeys([...new Set(sessions.map(({ deviceKey }) => deviceKey))]);
      const deviceIds = new Map([...known].map(([deviceKey, { deviceId }]) => [deviceKey, deviceId]));
      const pressure = homeBloodPressure(readings, asked, timeZone);
      return toPressureWire(pressure, sessions, deviceIds, { birthDate, conditions });
    },
  );
};
