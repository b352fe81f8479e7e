// Whose a device's readings are, and from when until when.
import Type from 'typebox';
import { teamsWith } from '../../storage/registry/access.ts';
import { bindDevice, endBinding, listBindings } from '../../storage/registry/device-bindings.ts';
import { findPatient } from '../../storage/registry/find-in-scope.ts';
import { notFound } from '../../storage/registry/refusal.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { BindingWire, toBindingWire } from '../device-wire.ts';
import { parseInstant, parseOptionalInstant } from '../instant.ts';
import { namedInBody } from '../named-in-body.ts';
import { pageOfAll } from '../page-cursor.ts';
import { callerOf, deviceOf } from '../route-access.ts';
import { DeviceParams, InstantIn, PAGE_QUERY, Page, Strict, Text, Uuid } from '../wire.ts';

export const bindingRoutes: ApiRoutes =
  ({ db, storage, now }) =>
  async (server) => {
    const deps = { db, timeSeries: storage.timeSeries };
    const tags = ['devices'];
    const treat = { access: { permission: 'treat', over: 'device' } } as const;

    server.post(
      '/devices/:deviceId/bindings',
      {
        config: treat,
        schema: {
          tags,
          description:
            'Without `from`, the first binding of a device (or of its slot) holds from the beginning; a later one starts now and ends the one before. With `from` it must not overlap another (409). Nobody ends the binding of a patient whom they may not treat (409).',
          params: DeviceParams,
          body: Strict({
            patientId: Uuid,
            slot: Type.Optional(Text(20)),
            from: Type.Optional(InstantIn),
            to: Type.Optional(InstantIn),
          }),
          response: { 201: BindingWire },
        },
      },
      async (request, reply) => {
        const device = deviceOf(request);
        const { access, userId } = callerOf(request);
        const { patientId, slot, from, to } = request.body;
        const patient = await namedInBody('patientId', () => findPatient(db, access, patientId, 'treat'));
        request.patient = patient;
        const period = { fromAt: parseOptionalInstant(from, 'from'), toAt: parseOptionalInstant(to, 'to') };
        const treated = teamsWith(access, 'treat');
        const binding = await bindDevice(deps, device, { patient, slot, ...period }, userId, now(), treated);
        return reply.code(201).send(toBindingWire(binding, device.deviceId));
      },
    );

    server.get(
      '/devices/:deviceId/bindings',
      {
        config: { access: { permission: 'read', over: 'device' } },
        schema: {
          tags,
          description: 'Those of patients whom the caller may read, the earliest first.',
          params: DeviceParams,
          querystring: Strict(PAGE_QUERY),
          response: { 200: Page(BindingWire) },
        },
      },
      async (request) => {
        const { deviceKey, deviceId } = deviceOf(request);
        const bindings = await listBindings(db, deviceKey, teamsWith(callerOf(request).access, 'read'));
        return pageOfAll(
          bindings,
          request.query,
          ({ bindingId }) => bindingId,
          (binding) => toBindingWire(binding, deviceId),
        );
      },
    );

    server.patch(
      '/devices/:deviceId/bindings/:bindingId',
      {
        config: treat,
        schema: {
          tags,
          description: 'Sets or moves the end of a binding.',
          params: Strict({ deviceId: Uuid, bindingId: Uuid }),
          body: Strict({ to: InstantIn }),
          response: { 200: BindingWire },
        },
      },
      async (request) => {
        const device = deviceOf(request);
        const toAt = parseInstant(request.body.to, 'to');
        const treated = teamsWith(callerOf(request).access, 'treat');
        const visible = await listBindings(db, device.deviceKey, treated);
        if (!visible.some(({ bindingId }) => bindingId === request.params.bindingId)) throw notFound('binding');
        const binding = await endBinding(deps, device, request.params.bindingId, toAt, now(), treated);
        if (!binding) throw notFound('binding');
        return toBindingWire(binding, device.deviceId);
      },
    );
  };
