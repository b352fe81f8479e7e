// Devices and bindings as the API answers them.
import Type from 'typebox';
import { DEVICE_KINDS } from '../domain/device-model.ts';
import type { Binding } from '../storage/registry/device-bindings.ts';
import type { DeviceRecord } from '../storage/registry/read-devices.ts';
import { formatInstant, formatOptionalInstant } from './instant.ts';
import { InstantOut, Uuid } from './wire.ts';

export const DeviceKindWire = Type.Enum([...DEVICE_KINDS]);
export const DEVICE = {
  deviceId: Uuid,
  kind: DeviceKindWire,
  model: Type.Optional(Type.String()),
  gatewayId: Type.Optional(Uuid),
  teamId: Type.Optional(Type.String({ format: 'uuid', description: 'Who looks after it while nobody wears it.' })),
  patientId: Type.Optional(Type.String({ format: 'uuid', description: 'Who wears it now.' })),
  slots: Type.Optional(Type.Array(Type.Object({ slot: Type.String(), patientId: Uuid }))),
  registeredAt: InstantOut,
  retiredAt: Type.Optional(InstantOut),
  canSignIn: Type.Boolean(),
  online: Type.Optional(Type.Boolean()),
  lastReceivedAt: Type.Optional(InstantOut),
  batteryPercent: Type.Optional(Type.Number()),
  firmware: Type.Optional(Type.String()),
  sensorStartedAt: Type.Optional(InstantOut),
};
export const DeviceWire = Type.Object(DEVICE);
/** Shown once, in the answer to whoever made it. */
export const MqttSignIn = Type.Object({ username: Type.String(), password: Type.String() });

export const BindingWire = Type.Object({
  bindingId: Uuid,
  deviceId: Uuid,
  patientId: Uuid,
  slot: Type.Optional(Type.String()),
  from: Type.Optional(Type.String({ format: 'date-time', description: 'Absent: from the beginning.' })),
  to: Type.Optional(InstantOut),
});

export function toDeviceWire(device: DeviceRecord) {
  const { deviceKey: _, keeperTeamId, wearers, ...rest } = device;
  const slots = wearers.flatMap(({ slot, patientId }) => (slot === null ? [] : [{ slot, patientId }]));
  return {
    ...rest,
    teamId: keeperTeamId,
    patientId: wearers.find(({ slot }) => slot === null)?.patientId ?? wearers[0]?.patientId,
    ...(slots.length > 0 && { slots }),
    registeredAt: formatInstant(device.registeredAt),
    retiredAt: formatOptionalInstant(device.retiredAt),
    lastReceivedAt: formatOptionalInstant(device.lastReceivedAt),
    sensorStartedAt: formatOptionalInstant(device.sensorStartedAt),
  };
}

export function toBindingWire({ bindingId, patientId, slot, fromAt, toAt }: Binding, deviceId: string) {
  const from = fromAt === 0 ? undefined : formatInstant(fromAt);
  return { bindingId, deviceId, patientId, slot, from, to: formatOptionalInstant(toAt) };
}
