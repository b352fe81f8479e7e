// As much of who a patient is as a message to their team may carry: opened when it is sent, kept nowhere.
import type { Kysely } from 'kysely';
import type { Log } from '../../runtime/log.ts';
import type { Database } from '../../storage/database-schema.ts';
import { createPatientIdentities, type PatientIdentity } from '../../storage/registry/patient-identities.ts';
import type { Vault } from '../../storage/registry/vault.ts';
import { FILE_NUMBER_SHOWN, type PatientLabel } from '../channels/channel.ts';
import { surnameOf } from '../texts/surname-of.ts';

export type LabelPatient = (patientKey: number) => Promise<PatientLabel | undefined>;

export interface PatientLabelsDeps {
  readonly db: Kysely<Database>;
  readonly vault: Vault;
  readonly log: Log;
}

/** By `system` of an identifier: what the state knows somebody by is no file number, and its end says too much. */
const FILE_NUMBER = 'file_number';
const NO_FILE_NUMBER: readonly string[] = ['national_id', 'passport'];

export function createPatientLabels({ db, vault, log }: PatientLabelsDeps): LabelPatient {
  const identities = createPatientIdentities(vault);
  return async (patientKey) => {
    try {
      const identity = (await identities.read(db, [patientKey])).get(patientKey);
      return identity && labelOf(identity);
    } catch (err) {
      // A page without a name is better than none: who it is stands behind the link.
      log.warn({ err }, 'a message goes out without the surname: it could not be opened');
      return undefined;
    }
  };
}

/** Undefined where there is no name. */
export function labelOf({ name, identifiers }: PatientIdentity): PatientLabel | undefined {
  const surname = surnameOf(name);
  const number =
    identifiers.find(({ system }) => system === FILE_NUMBER) ??
    identifiers.find(({ system }) => !NO_FILE_NUMBER.includes(system));
  const fileNumberEnd = number?.value.replaceAll(/[^\p{L}\p{N}]/gu, '').slice(-FILE_NUMBER_SHOWN);
  return surname === undefined ? undefined : { surname, fileNumberEnd: fileNumberEnd || undefined };
}
