// Names for ids, asked once per page load: alerts and devices carry ids only.
import { get } from './api.ts';
import type { Patient } from './wire.ts';

const names = new Map<string, Promise<string>>();

export function nameOf(patientId: string): Promise<string> {
  let name = names.get(patientId);
  if (!name) {
    name = get<Patient>(`/patients/${patientId}`).then(
      (patient) => patient.name,
      () => `${patientId.slice(0, 8)}…`,
    );
    names.set(patientId, name);
  }
  return name;
}

export async function namesOf(patientIds: Iterable<string>): Promise<Map<string, string>> {
  const unique = [...new Set(patientIds)];
  const found = await Promise.all(unique.map(nameOf));
  return new Map(unique.map((id, index) => [id, found[index] as string]));
}
