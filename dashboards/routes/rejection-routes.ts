// What was refused, item by item, and another go at it once the cause is gone.
import Type from 'typebox';
import { REJECTION_CODES } from '../../domain/rejection.ts';
import { type ListedRejection, listRejections, patientsOfRejections } from '../../storage/readings/list-rejections.ts';
import { deviceOfTopic, replayRejection } from '../../storage/readings/replay-rejection.ts';
import type { Access } from '../../storage/registry/access.ts';
import { findDevice, notPermitted } from '../../storage/registry/find-in-scope.ts';
import { notFound, Refusal } from '../../storage/registry/refusal.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { formatInstant, formatOptionalInstant } from '../instant.ts';
import { DEFAULT_LIMIT, InstantPosition, readCursor, toPage } from '../page-cursor.ts';
import { callerOf } from '../route-access.ts';
import { InstantOut, PAGE_QUERY, Page, Strict, Uuid } from '../wire.ts';

const Position = Type.Object({ receivedAt: InstantPosition, rejectionId: Uuid });
const RejectionWire = Type.Object({
  rejectionId: Uuid,
  deviceId: Type.Optional(Type.String()),
  receivedAt: InstantOut,
  topic: Type.String(),
  code: Type.Enum([...REJECTION_CODES]),
  detail: Type.String(),
  index: Type.Integer({ description: 'Position in its message.' }),
  payload: Type.String({ description: 'The beginning of the item as it came.' }),
  payloadBytes: Type.Integer(),
  replayedAt: Type.Optional(InstantOut),
});

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const INCOMPLETE =
  'It can’t be replayed: only its beginning was kept, or nobody knows its device. The device has to send it again.';
const WHY_NOT = {
  not_found: INCOMPLETE,
  incomplete: INCOMPLETE,
  not_bound: 'A gateway sent it for a device that is not bound to it: bind the device to the gateway, then replay it.',
};

export const rejectionRoutes: ApiRoutes = (services) => async (server) => {
  const { db, storage, audit, now } = services;
  const tags = ['readings'];

  /** What a gateway sent is written in the name of the device of its topic, which may be another team's. */
  async function checkTopicsDevice(access: Access, topic: string): Promise<void> {
    const deviceId = deviceOfTopic(topic);
    if (deviceId === undefined || !UUID.test(deviceId)) throw new Refusal('conflict', WHY_NOT.incomplete);
    if (access.everywhere.has('treat')) return;
    await findDevice(db, access, deviceId, 'treat');
  }

  server.get(
    '/rejections',
    {
      config: { access: { permission: 'read', over: 'anything' } },
      schema: {
        tags,
        description: 'Newest first, a row per item.',
        querystring: Strict({ ...PAGE_QUERY, deviceId: Type.Optional(Uuid) }),
        response: { 200: Page(RejectionWire) },
      },
    },
    async (request) => {
      const { limit = DEFAULT_LIMIT, cursor, deviceId } = request.query;
      const caller = callerOf(request);
      const { access } = caller;
      const device = deviceId === undefined ? undefined : await findDevice(db, access, deviceId, 'read');
      const after = readCursor(cursor, Position);
      const found = await listRejections(db, access, { deviceKey: device?.deviceKey, after, limit: limit + 1 });
      const patientKeys = await patientsOfRejections(db, found.slice(0, limit));
      await audit.addOpenings(caller, patientKeys, 'rejections', now());
      return toPage(found, limit, ({ receivedAt, rejectionId }) => ({ receivedAt, rejectionId }), toWire);
    },
  );

  server.post(
    '/rejections/:rejectionId/replay',
    {
      config: { access: { permission: 'treat', over: 'anything' } },
      schema: {
        tags,
        description: 'Sends the item through the pipeline again; what is merely implausible is taken as it is.',
        params: Strict({ rejectionId: Uuid }),
        response: { 200: RejectionWire },
      },
    },
    async (request) => {
      const { access } = callerOf(request);
      const { rejectionId } = request.params;
      const [rejection] = await listRejections(db, access, { rejectionId, limit: 1 });
      if (rejection === undefined) throw notFound('rejection');
      if (rejection.deviceId !== undefined) await findDevice(db, access, rejection.deviceId, 'treat');
      else if (!access.everywhere.has('treat')) throw notPermitted('treat');
      await checkTopicsDevice(access, rejection.topic);
      const outcome = await replayRejection(storage, rejectionId, now());
      if (outcome !== 'replayed') throw new Refusal('conflict', WHY_NOT[outcome]);
      const [replayed] = await listRejections(db, access, { rejectionId, limit: 1 });
      return toWire(replayed ?? rejection);
    },
  );
};

const toWire = ({ deviceKey: _, payload, ...rejection }: ListedRejection) => ({
  ...rejection,
  code: REJECTION_CODES.find((known) => known === rejection.code) ?? 'internal_error',
  receivedAt: formatInstant(rejection.receivedAt),
  payload: payload.toString('utf8'),
  replayedAt: formatOptionalInstant(rejection.replayedAt),
});
