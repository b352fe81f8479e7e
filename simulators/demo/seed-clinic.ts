// Registers the demo's teams, users, patients and devices through the public API, the most interesting patients first.
import type { ApiClient } from '../api-client.ts';
import type { DeviceCredentials } from '../fleet/device-credentials.ts';
import { inParallel } from '../fleet/register-fleet.ts';
import { DEMO_PEOPLE, DEMO_TEAMS } from './demo-people.ts';
import type { DemoState } from './demo-state.ts';

/** Treatments are dated so far back that they hold for the whole back-fill. */
const TREATED_FOR_MS = 400 * 86_400_000;

/** Teams with a doctor who signs in, and their members. Answers the teams' ids. */
export function seedTeams(api: ApiClient, { doctors }: DemoState): Promise<readonly string[]> {
  return inParallel(DEMO_TEAMS, async ({ name, doctor, others }, index) => {
    const { username, password } = doctors[index]!;
    const teamId = await api.createTeam({ name, timeZone: 'Asia/Shanghai' });
    await api.createUser({ username, password });
    await api.createMember(teamId, { name: doctor.name, role: 'lead', username, contacts: [] });
    for (const member of others) await api.createMember(teamId, { ...member, contacts: [] });
    return teamId;
  });
}

/** People `first` to before `end` of DEMO_PEOPLE; calls `onRegistered` for each as soon as their devices may connect. */
export async function seedPatients(
  api: ApiClient,
  teamIds: readonly string[],
  [first, end]: readonly [number, number],
  onRegistered: (devices: readonly DeviceCredentials[]) => void,
): Promise<readonly DeviceCredentials[]> {
  const from = new Date(Date.now() - TREATED_FOR_MS).toISOString();
  const registered = await inParallel(DEMO_PEOPLE.slice(first, end), async (person, index) => {
    const { team, kinds, scenario: _, glucoseUnit: __, treatments, ...patient } = person;
    const patientId = await api.createPatient({ ...patient, teamId: teamIds[team]! });
    for (const treatment of treatments) await api.recordTreatment(patientId, { ...treatment, from });
    const devices: DeviceCredentials[] = [];
    for (const kind of kinds)
      devices.push({ ...(await api.createDevice({ kind, patientId })), kind, person: first + index });
    onRegistered(devices);
    return devices;
  });
  return registered.flat();
}
