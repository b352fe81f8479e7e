// The escalation of one alert as the API answers it: ids and kinds only.
import Type from 'typebox';
import { TARGET_KINDS } from '../domain/alerts/escalation-policy.ts';
import type { ShownEscalation } from '../storage/alerts/read-escalation.ts';
import { formatInstant, formatOptionalInstant } from './instant.ts';
import { InstantOut, Uuid } from './wire.ts';

const Optional = Type.Optional;
const Count = Type.Integer({ minimum: 0 });
const Kind = Type.Enum([...TARGET_KINDS]);

const Step = Type.Object({
  delayMin: Type.Number({ description: 'From the beginning, where no step before it came early.' }),
  targets: Type.Array(Type.Object({ kind: Kind, role: Optional(Type.String()), memberId: Optional(Uuid) })),
  contacts: Optional(Type.Enum(['all', 'in_order'])),
  channels: Optional(Type.Array(Type.String())),
  taken: Type.Boolean(),
  toldAt: Optional(Type.String({ format: 'date-time', description: 'Absent: it has told nobody.' })),
  delivered: Count,
  failed: Count,
  pending: Count,
  skips: Type.Array(Type.Object({ target: Kind, reason: Type.String() }), {
    description: 'Whom it could not reach, or not by every contact, and why.',
  }),
});

export const EscalationWire = Type.Object({
  policy: Type.String(),
  startedAt: InstantOut,
  next: Type.Integer({ minimum: 0, description: 'Place of the next step; as many as there are: all were taken.' }),
  nextAt: Optional(Type.String({ format: 'date-time', description: 'Absent: no further step will be taken.' })),
  steps: Type.Array(Step),
});

export function toEscalationWire({ policy, startedAt, next, nextAt, steps }: ShownEscalation) {
  return {
    policy,
    startedAt: formatInstant(startedAt),
    next,
    nextAt: formatOptionalInstant(nextAt),
    steps: steps.map(({ isTaken, toldAt, targets, channels, skips, ...step }) => ({
      ...step,
      targets: targets.map((target) => ({ ...target })),
      channels: channels && [...channels],
      taken: isTaken,
      toldAt: formatOptionalInstant(toldAt),
      skips: skips.map((skip) => ({ ...skip })),
    })),
  };
}
