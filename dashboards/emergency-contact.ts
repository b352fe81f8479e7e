// An emergency shows where the patient is and how they are called to whoever owns it, and to nobody else; each look is on the audit log.
import Type from 'typebox';
import { isClosed } from '../domain/alerts/advance-alert.ts';
import type { ListedAlert } from '../storage/alerts/list-alerts.ts';
import { readPeakSeverity } from '../storage/alerts/read-peak-severity.ts';
import type { SignedIn } from './route-access.ts';
import type { DashboardsServices } from './services.ts';

export const EmergencyContactWire = Type.Object(
  { phone: Type.Optional(Type.String()), address: Type.Optional(Type.String()) },
  { description: 'Of the patient, where it is or was an emergency, is not closed, and the caller has taken it over.' },
);

export interface EmergencyContact {
  readonly phone?: string | undefined;
  readonly address?: string | undefined;
}

/** Undefined where it isn't for the caller. Throws where who the patient is can't be opened. */
export async function readEmergencyContact(
  { storage: { pool }, db, identities, audit, now }: DashboardsServices,
  caller: SignedIn,
  alert: ListedAlert,
): Promise<EmergencyContact | undefined> {
  const { alertId, patientKey, acknowledgedBy, test } = alert;
  if (test || acknowledgedBy !== caller.userId || isClosed(alert)) return undefined;
  if ((await readPeakSeverity(pool, alertId)) !== 'emergency') return undefined;
  await audit.addOpenings(caller, [patientKey], 'contacts', now());
  const identity = (await identities.read(db, [patientKey])).get(patientKey);
  return identity && { phone: identity.phone, address: identity.address };
}
