// What a team has to mend in how it can be reached, as the API answers it.
import Type from 'typebox';
import { ALERTING_FINDING_KINDS, type AlertingFinding } from '../domain/alerts/lint-alerting.ts';
import { formatOptionalInstant } from './instant.ts';
import { InstantOut, Uuid } from './wire.ts';

const Optional = Type.Optional;

export const AlertingFindingWire = Type.Object({
  kind: Type.Enum([...ALERTING_FINDING_KINDS]),
  memberId: Optional(Uuid),
  name: Optional(Type.String({ description: 'Of a present member.' })),
  contactId: Optional(Uuid),
  channel: Optional(Type.String()),
  policy: Optional(Type.String()),
  step: Optional(Type.Integer({ description: 'Of the policy, from 0.' })),
  reason: Optional(Type.String({ description: 'Why the step reaches nobody.' })),
  from: Optional(InstantOut),
  to: Optional(InstantOut),
  cause: Optional(Type.Enum(['no_shift', 'all_on_leave'])),
  shifts: Optional(Type.Array(Type.Integer(), { description: 'Places in the schedule’s `shifts`, from 0.' })),
  count: Optional(Type.Integer({ description: '`from` and `to` are of the first.' })),
  year: Optional(Type.Integer()),
});

export function toAlertingFindingWire(finding: AlertingFinding, names: ReadonlyMap<string, string>) {
  const { from, to, at, shift, shifts, memberId, ...rest } = { ...EMPTY, ...finding };
  return {
    ...rest,
    memberId,
    name: memberId === undefined ? undefined : names.get(memberId),
    from: formatOptionalInstant(from ?? at),
    to: formatOptionalInstant(to),
    shifts: shift === undefined ? shifts && [...shifts] : [shift],
  };
}

const EMPTY: {
  readonly from?: number;
  readonly to?: number;
  readonly at?: number;
  readonly shift?: number;
  readonly shifts?: readonly number[];
  readonly memberId?: string;
} = {};
