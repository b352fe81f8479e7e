// Names for ids: alerts and devices carry ids only. Each is asked once per sign-in; one that could not be read is asked again.
import { get, isPassing, isSignedOut } from './api.ts';
import { t } from './texts.ts';
import type { Page, Patient } from './wire.ts';

/** From here on the list is cheaper than so many single questions. */
const ONE_BY_ONE = 20;
const LARGEST_PAGE = 1000;

const names = new Map<string, string>();

export async function namesOf(patientIds: Iterable<string>): Promise<ReadonlyMap<string, string>> {
  const unknown = new Set([...patientIds].filter((id) => !names.has(id)));
  if (unknown.size > ONE_BY_ONE) await learnFromList(unknown);
  await Promise.all([...unknown].map(learn));
  return names;
}

export function rememberName({ patientId, name }: Pick<Patient, 'patientId' | 'name'>): void {
  names.set(patientId, name);
}

export function forgetPatients(): void {
  names.clear();
}

async function learnFromList(unknown: Set<string>): Promise<void> {
  let cursor: string | undefined;
  do {
    const after = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const page: Page<Patient> = await get(`/patients?limit=${LARGEST_PAGE}${after}`);
    for (const patient of page.items) {
      rememberName(patient);
      unknown.delete(patient.patientId);
    }
    cursor = page.nextCursor;
  } while (cursor && unknown.size > ONE_BY_ONE);
}

async function learn(patientId: string): Promise<void> {
  try {
    rememberName(await get<Patient>(`/patients/${patientId}`));
  } catch (error) {
    if (isSignedOut(error) || isPassing(error)) throw error;
    // No longer theirs to see: the alert is.
    names.set(patientId, t.unknownPatient);
  }
}
