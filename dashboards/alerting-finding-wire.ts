// What a team has to mend in how it can be reached, as the API answers it.
import Type from 'typebox';
import { ALERTING_FINDING_KINDS, type AlertingFinding } from '../domain/alerts/lint-alerting.ts';
import { FOUND_IN_SCHEDULE, placesOf } from './schedule-wire.ts';
import { Uuid } from './wire.ts';

const Optional = Type.Optional;

export const AlertingFindingWire = Type.Object({
  kind: Type.Enum([...ALERTING_FINDING_KINDS]),
  ...FOUND_IN_SCHEDULE,
  name: Optional(Type.String({ description: 'Of a present member.' })),
  contactId: Optional(Uuid),
  channel: Optional(Type.String()),
  policy: Optional(Type.String()),
  step: Optional(Type.Integer({ description: 'Of the policy, from 0.' })),
  reason: Optional(Type.String({ description: 'Why the step reaches nobody.' })),
});

export const toAlertingFindingWire = (finding: AlertingFinding, names: ReadonlyMap<string, string>) => ({
  ...finding,
  ...placesOf(finding),
  name: 'memberId' in finding ? names.get(finding.memberId) : undefined,
});
