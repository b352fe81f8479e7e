// Registers the people and devices a simulation plays, through the public API.
import type { ApiClient } from '../api-client.ts';
import type { DeviceCredentials } from './device-credentials.ts';
import type { SensorKind } from './virtual-person.ts';

export interface FleetToRegister {
  readonly teamName: string;
  readonly timeZone: string;
  /** One entry a person: obviously invented. */
  readonly people: readonly { readonly name: string; readonly kinds: readonly SensorKind[] }[];
  /** Devices are dealt out over this many gateways; 0: each device has its own connection. */
  readonly gateways: number;
}

/** Requests at a time: the API answers them in parallel, and a thousand people are registered in seconds. */
const PARALLEL = 8;

export async function registerFleet(api: ApiClient, fleet: FleetToRegister): Promise<readonly DeviceCredentials[]> {
  const { teamName, timeZone, people } = fleet;
  const teamId = await api.createTeam({ name: teamName, timeZone });
  const gateways = await inParallel(Array.from({ length: fleet.gateways }), () =>
    api.createDevice({ kind: 'gateway' }),
  );
  const registered = await inParallel(people, async ({ name, kinds }, person) => {
    const patientId = await api.createPatient({ ...inventedPerson(person), name, teamId, timeZone });
    const gateway = gateways[person % Math.max(1, gateways.length)];
    const devices: DeviceCredentials[] = [];
    for (const kind of kinds) {
      const device = await api.createDevice({ kind, patientId, ...(gateway ? { gatewayId: gateway.deviceId } : {}) });
      const { username, password } = gateway ?? device;
      devices.push({ deviceId: device.deviceId, kind, person, username, password });
    }
    return devices;
  });
  return registered.flat();
}

const inventedPerson = (person: number) => ({
  birthDate: `${1945 + ((person * 7) % 40)}-${String((person % 12) + 1).padStart(2, '0')}-15`,
  sex: person % 2 === 0 ? ('female' as const) : ('male' as const),
  conditions: ['type_2_diabetes', 'hypertension'],
});

/** In order of the list; stops at the first failure. */
export async function inParallel<T, R>(
  list: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Array<R>(list.length);
  const queue = list.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return results;
}
