// A small clinic through the public API: a team with one member and a webhook, patients, devices.
import type { ApiClient } from './api-client.ts';
import type { WebhookReceiver } from './webhook-receiver.ts';

export interface DeviceAccess {
  readonly deviceId: string;
  readonly mqtt: { readonly username: string; readonly password: string };
}

export interface Clinic {
  readonly teamId: string;
  readonly memberId: string;
}

export async function createClinic(api: ApiClient, webhook?: WebhookReceiver, name = 'Team One'): Promise<Clinic> {
  const { teamId } = await api.post<{ teamId: string }>('/teams', { name });
  const { memberId } = await api.post<{ memberId: string }>(`/teams/${teamId}/members`, {
    name: 'Lead One',
    role: 'lead',
    contacts: webhook ? [{ channel: 'webhook', address: webhook.url, secret: webhook.secret }] : [],
  });
  return { teamId, memberId };
}

export async function createPatient(
  api: ApiClient,
  teamId: string,
  extra: Record<string, unknown> = {},
): Promise<string> {
  const { patientId } = await api.post<{ patientId: string }>('/patients', {
    name: 'Test Patient',
    birthDate: '1961-04-05',
    sex: 'female',
    conditions: ['type_2_diabetes'],
    teamId,
    ...extra,
  });
  return patientId;
}

export function createDevice(
  api: ApiClient,
  kind: string,
  patientId: string,
  extra: Record<string, unknown> = {},
): Promise<DeviceAccess> {
  return api.post<DeviceAccess>('/devices', { kind, patientId, ...extra });
}
