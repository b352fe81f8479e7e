// Devices, gateways, their secrets, and the models there are.
import Type from 'typebox';
import { type Access, mayInTeam, teamsWith } from '../../storage/registry/access.ts';
import { renewSecret, revokeCredentials } from '../../storage/registry/device-credentials.ts';
import { listDeviceModels } from '../../storage/registry/device-models.ts';
import { changeDevice, registerDevice } from '../../storage/registry/devices.ts';
import { type DeviceRef, findDevice, findPatient } from '../../storage/registry/find-in-scope.ts';
import { readDevices } from '../../storage/registry/read-devices.ts';
import { invalid, notFound } from '../../storage/registry/refusal.ts';
import { listTeams } from '../../storage/registry/teams.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { DEVICE, DeviceKindWire, DeviceWire, MqttSignIn, toDeviceWire } from '../device-wire.ts';
import { namedInBody } from '../named-in-body.ts';
import { DEFAULT_LIMIT, KeyPosition, pageOfAll, readCursor, toPage } from '../page-cursor.ts';
import { callerOf, deviceOf, type SignedIn } from '../route-access.ts';
import type { DashboardsServices } from '../services.ts';
import { DeviceParams, OrNull, PAGE_QUERY, Page, Strict, Text, Uuid } from '../wire.ts';

const DeviceModelWire = Type.Object({
  modelId: Type.String(),
  kind: DeviceKindWire,
  name: Type.String(),
  cadenceMin: Type.Optional(Type.Number()),
  scaleLowMgPerDl: Type.Optional(Type.Number()),
  scaleHighMgPerDl: Type.Optional(Type.Number()),
  errorBelowMgPerDl: Type.Optional(Type.Number()),
  sensorLifeDays: Type.Optional(Type.Number()),
  slots: Type.Array(Type.String()),
  source: Type.String(),
  unverified: Type.Array(Type.String()),
});

export const deviceRoutes: ApiRoutes = (services) => async (server) => {
  const { db, audit, now } = services;
  const tags = ['devices'];

  async function detail({ access }: SignedIn, { deviceKey }: Pick<DeviceRef, 'deviceKey'>) {
    const [device] = await readDevices(db, access, { deviceKey }, undefined, 1);
    if (!device) throw notFound('device');
    return toDeviceWire(device);
  }

  server.post(
    '/devices',
    {
      config: { access: { permission: 'treat', over: 'anything' } },
      schema: {
        tags,
        description:
          'With patientId its readings are that patient’s from the beginning. The password is shown once, here.',
        body: Strict({
          kind: DeviceKindWire,
          model: Type.Optional(Text(100)),
          patientId: Type.Optional(Uuid),
          gatewayId: Type.Optional(Uuid),
          teamId: Type.Optional(Uuid),
        }),
        response: { 201: Type.Object({ ...DEVICE, mqtt: MqttSignIn }) },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { access, userId } = caller;
      const { kind, model, patientId, gatewayId, teamId } = request.body;
      const patient =
        patientId === undefined
          ? undefined
          : await namedInBody('patientId', () => findPatient(db, access, patientId, 'treat'));
      const gateway =
        gatewayId === undefined
          ? undefined
          : await namedInBody('gatewayId', () => findDevice(db, access, gatewayId, 'treat'));
      const keeperTeamId = await keeperFor(services, access, teamId, patient !== undefined || gateway !== undefined);
      const wanted = { kind, model, patient, gateway, keeperTeamId };
      const { device, secret } = await registerDevice(db, wanted, userId, now());
      request.patient = patient;
      const mqtt = { username: device.deviceId, password: secret };
      return reply.code(201).send({ ...(await detail(caller, device)), mqtt });
    },
  );

  server.get(
    '/devices',
    {
      config: { access: { permission: 'read', over: 'anything' } },
      schema: {
        tags,
        querystring: Strict({ ...PAGE_QUERY, patientId: Type.Optional(Uuid), teamId: Type.Optional(Uuid) }),
        response: { 200: Page(DeviceWire) },
      },
    },
    async (request) => {
      const { limit = DEFAULT_LIMIT, cursor, patientId, teamId } = request.query;
      const caller = callerOf(request);
      const { access } = caller;
      const patient = patientId === undefined ? undefined : await findPatient(db, access, patientId, 'read');
      if (patient) await audit.addOpenings(caller, [patient.patientKey], 'devices', now());
      const filter = { patientKey: patient?.patientKey, teamId };
      const devices = await readDevices(db, access, filter, readCursor(cursor, KeyPosition), limit + 1);
      return toPage(devices, limit, ({ deviceKey }) => deviceKey, toDeviceWire);
    },
  );

  server.get(
    '/devices/:deviceId',
    {
      config: { access: { permission: 'read', over: 'device' } },
      schema: { tags, params: DeviceParams, response: { 200: DeviceWire } },
    },
    async (request) => detail(callerOf(request), deviceOf(request)),
  );

  server.patch(
    '/devices/:deviceId',
    {
      config: { access: { permission: 'treat', over: 'device' } },
      schema: {
        tags,
        description: 'A retired device can’t sign in; a null gatewayId takes it from its gateway.',
        params: DeviceParams,
        body: Strict({
          model: Type.Optional(Text(100)),
          gatewayId: Type.Optional(OrNull(Uuid)),
          retired: Type.Optional(Type.Boolean()),
        }),
        response: { 200: DeviceWire },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { model, gatewayId, retired } = request.body;
      const gateway =
        typeof gatewayId === 'string'
          ? await namedInBody('gatewayId', () => findDevice(db, caller.access, gatewayId, 'treat'))
          : gatewayId;
      await changeDevice(db, deviceOf(request), { model, gateway, retired });
      return detail(caller, deviceOf(request));
    },
  );

  server.post(
    '/devices/:deviceId/rotate-secret',
    {
      config: { access: { permission: 'treat', over: 'device' } },
      schema: {
        tags,
        description: 'The former secret ends at once. The new one is shown once, here.',
        params: DeviceParams,
        response: { 200: Type.Object({ deviceId: Uuid, mqtt: MqttSignIn }) },
      },
    },
    async (request) => {
      const { deviceId, deviceKey } = deviceOf(request);
      const password = await db.transaction().execute((tx) => renewSecret(tx, deviceKey));
      return { deviceId, mqtt: { username: deviceId, password } };
    },
  );

  server.delete(
    '/devices/:deviceId/credentials',
    {
      config: { access: { permission: 'treat', over: 'device' } },
      schema: {
        tags,
        description: 'The device is disconnected.',
        params: DeviceParams,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { deviceKey } = deviceOf(request);
      await db.transaction().execute((tx) => revokeCredentials(tx, deviceKey));
      return reply.code(204).send(null);
    },
  );

  server.get(
    '/device-models',
    {
      config: { access: 'signed_in' },
      schema: { tags, querystring: Strict(PAGE_QUERY), response: { 200: Page(DeviceModelWire) } },
    },
    async (request) =>
      pageOfAll(
        await listDeviceModels(db),
        request.query,
        ({ modelId }) => modelId,
        (model) => ({ ...model, slots: [...model.slots], unverified: [...model.unverified] }),
      ),
  );
};

/** The team that was named; else, for a device that comes with neither wearer nor gateway, the caller's only one. */
async function keeperFor({ db }: DashboardsServices, access: Access, teamId: string | undefined, hasPlace: boolean) {
  if (teamId !== undefined) {
    if (mayInTeam(access, 'treat', teamId) && (await listTeams(db, [teamId])).length > 0) return teamId;
    throw invalid('teamId', 'There is no such team whose devices you may register.');
  }
  const teamIds = hasPlace ? undefined : teamsWith(access, 'treat');
  return teamIds?.length === 1 ? teamIds[0] : undefined;
}
