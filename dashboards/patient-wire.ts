// A patient as the API answers them.
import Type from 'typebox';
import type { FollowUp } from '../domain/follow-up/follow-up.ts';
import { RISK_GROUPS } from '../domain/metrics/glucose-targets.ts';
import type { PatientRisk } from '../domain/risk.ts';
import { SEXES } from '../storage/registry/patients.ts';
import type { DatedValue, PatientRecord } from '../storage/registry/read-patients.ts';
import { FollowUpWire } from './follow-up-wire.ts';
import { formatInstant, formatOptionalInstant } from './instant.ts';
import { CalendarDate, InstantOut, Uuid } from './wire.ts';

export const SexWire = Type.Enum([...SEXES]);
export const RiskGroupWire = Type.Enum([...RISK_GROUPS]);
const Risk = Type.Object(
  { score: Type.Number(), reasons: Type.Array(Type.String()) },
  { description: 'Orders lists only. Reasons, most points first.' },
);
const Dated = Type.Object({
  value: Type.String(),
  from: Type.Optional(InstantOut),
  to: Type.Optional(InstantOut),
});

const PATIENT = {
  patientId: Uuid,
  name: Type.String(),
  birthDate: Type.Optional(CalendarDate),
  sex: Type.Optional(SexWire),
  conditions: Type.Array(Type.String()),
  riskGroup: RiskGroupWire,
  teamId: Uuid,
  timeZone: Type.String(),
  registeredAt: InstantOut,
  risk: Type.Optional(Risk),
};
export const PatientListing = Type.Object(PATIENT);
export const PatientDetail = Type.Object({
  ...PATIENT,
  phone: Type.Optional(Type.String()),
  address: Type.Optional(Type.String()),
  identifiers: Type.Array(Type.Object({ system: Type.String(), value: Type.String() })),
  nextFollowUp: Type.Optional(FollowUpWire),
  conditionHistory: Type.Array(Dated),
  riskGroupHistory: Type.Array(Dated),
});

export function toPatientListing(patient: PatientRecord, risk: PatientRisk | undefined) {
  return {
    patientId: patient.patientId,
    name: patient.name,
    birthDate: patient.birthDate,
    sex: patient.sex,
    conditions: [...patient.conditions],
    riskGroup: patient.riskGroup ?? 'standard',
    teamId: patient.teamId,
    timeZone: patient.timeZone,
    registeredAt: formatInstant(patient.registeredAt),
    ...(risk && { risk: { score: risk.score, reasons: risk.reasons.map(({ code }) => code) } }),
  };
}

export function toPatientDetail(
  patient: PatientRecord,
  risk: PatientRisk | undefined,
  nextFollowUp: FollowUp | undefined,
) {
  return {
    ...toPatientListing(patient, risk),
    phone: patient.phone,
    address: patient.address,
    identifiers: [...patient.identifiers],
    nextFollowUp,
    conditionHistory: patient.conditionHistory.map(toDated),
    riskGroupHistory: patient.riskGroupHistory.map(toDated),
  };
}

/** 0 is "from the beginning", for which there is no instant. */
const toDated = ({ value, from, to }: DatedValue) => ({
  value,
  from: from === 0 ? undefined : formatInstant(from),
  to: formatOptionalInstant(to),
});
