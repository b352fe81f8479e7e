// A patient's readings as they came, and taking back one that is wrong.
import Type from 'typebox';
import { READING_KINDS, type ReadingKind } from '../../domain/reading.ts';
import { pageReadings, positionOfReading } from '../../storage/readings/page-readings.ts';
import { voidReading } from '../../storage/readings/void-reading.ts';
import { notFound } from '../../storage/registry/refusal.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { checkedWindow } from '../asked-window.ts';
import { findReading } from '../find-reading.ts';
import { parseOptionalInstant } from '../instant.ts';
import { DEFAULT_LIMIT, InstantPosition, KeyPosition, readCursor, toPage } from '../page-cursor.ts';
import { patientEntryOf } from '../patient-entry.ts';
import { ReadingWire, toReadingWire } from '../reading-wire.ts';
import { callerOf, patientOf } from '../route-access.ts';
import type { DashboardsServices } from '../services.ts';
import { InstantIn, PAGE_QUERY, Page, PatientParams, Strict, Text } from '../wire.ts';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 14;
/** Nothing is accepted that lies further in the future (clinical.md §1.1). */
const AHEAD_MS = 2 * DAY_MS;
const Position = Type.Object({
  measuredAt: InstantPosition,
  deviceKey: KeyPosition,
  kindCode: KeyPosition,
  at: InstantPosition,
});

export const readingRoutes: ApiRoutes = (services) => async (server) => {
  const { storage, now } = services;
  const tags = ['readings'];

  server.get(
    '/patients/:patientId/readings',
    {
      config: { access: { permission: 'read', over: 'patient', opens: 'readings' } },
      schema: {
        tags,
        description: `Oldest first. Without from: the ${DEFAULT_DAYS} days before to; without to: up to the newest.`,
        params: PatientParams,
        querystring: Strict({
          ...PAGE_QUERY,
          kind: Type.Optional(Type.Enum([...READING_KINDS])),
          from: Type.Optional(InstantIn),
          to: Type.Optional(InstantIn),
        }),
        response: { 200: Page(ReadingWire) },
      },
    },
    async (request) => {
      const { limit = DEFAULT_LIMIT, cursor, kind } = request.query;
      const to = parseOptionalInstant(request.query.to, 'to');
      const from = parseOptionalInstant(request.query.from, 'from') ?? (to ?? now()) - DEFAULT_DAYS * DAY_MS;
      const { devices } = await patientEntryOf(services, patientOf(request));
      const kinds: readonly ReadingKind[] = kind === undefined ? READING_KINDS : [kind];
      const window = to === undefined ? { from, to: Math.max(now(), from) + AHEAD_MS } : checkedWindow(from, to);
      const wanted = { ...window, kinds, after: readCursor(cursor, Position), limit: limit + 1 };
      const found = await pageReadings(storage.timeSeries, devices, wanted);
      const known = await storage.devices.loadByKeys([...new Set(found.map(({ reading }) => reading.deviceKey))]);
      return toPage(
        found,
        limit,
        ({ reading }) => positionOfReading(reading),
        (stored) => toReadingWire(stored, known.get(stored.reading.deviceKey)?.deviceId ?? ''),
      );
    },
  );

  server.post(
    '/readings/:readingId/void',
    {
      config: { access: { permission: 'treat', over: 'anything' } },
      schema: {
        tags,
        description:
          'The reading counts nowhere any more; metrics and alerts follow. It is kept, with who took it back and why.',
        params: Strict({ readingId: Text(80) }),
        body: Strict({ reason: Text(300) }),
        response: { 200: ReadingWire },
      },
    },
    async (request) => {
      const { access, userId } = callerOf(request);
      const { patient, device, stored } = await findReading(services, access, request.params.readingId, 'treat');
      request.patient = patient;
      await keepReason(services, request.auditId, request.body.reason);
      const { kind, at } = stored.reading;
      const voided = await voidReading(storage, { deviceId: device.deviceId, kind, at }, userId, now());
      if (voided === undefined) throw notFound('reading');
      return toReadingWire({ ...stored, voidedAt: voided.voidedAt }, device.deviceId);
    },
  );
};

/** Free text about a patient: it stands sealed beside who took the reading back. */
async function keepReason({ audit, vault }: DashboardsServices, auditId: number | undefined, reason: string) {
  if (auditId === undefined) return;
  const { bytes, keyId } = vault.seal(reason, `audit/${auditId}/reason`);
  await audit.addDetail(auditId, { reason: bytes.toString('base64'), reasonKeyId: keyId });
}
