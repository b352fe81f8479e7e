// A team's schedule and what is found in it, as the API takes and answers them.
import Type from 'typebox';
import { MAX_COVERING } from '../domain/on-call/check-schedule.ts';
import type { ScheduleFinding } from '../domain/on-call/lint-schedule.ts';
import type { ScheduleVersion } from '../storage/registry/team-schedules.ts';
import { formatInstant, formatOptionalInstant } from './instant.ts';
import { InstantOut, Strict, Text, TimeZone, Uuid } from './wire.ts';

const MAX_MEMBERS = 100;
const LocalTime = Type.String({ format: 'local-time' });
const SPAN = { from: LocalTime, to: LocalTime };
const Members = Type.Array(Uuid, { minItems: 1, maxItems: MAX_MEMBERS });
const REASON = { reason: Type.Optional(Text(500)) };

const Shift = Strict({
  name: Type.Optional(Text(100)),
  memberIds: Members,
  ...SPAN,
  rrule: Type.Optional(
    Type.String({
      format: 'recurrence',
      maxLength: 500,
      description:
        'RFC 5545, e.g. FREQ=WEEKLY;BYDAY=MO,WE; absent: once. `from` is where it begins to count; it takes place then only where the rule says so. Taken are FREQ=DAILY, WEEKLY, MONTHLY and YEARLY with INTERVAL, BYDAY, BYMONTH, BYMONTHDAY, BYSETPOS, WKST, UNTIL and COUNT; COUNT is kept, and answered, as the UNTIL it comes to.',
    }),
  ),
  layer: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 9, description: 'A higher layer covers the lower ones; absent: 0.' }),
  ),
  on: Type.Optional(
    Type.Enum(['every', 'workdays', 'holidays'], {
      description:
        'By the PRC’s public holidays and make-up workdays, of the day on which the shift begins; absent: every.',
    }),
  ),
});
const Override = Strict({ memberIds: Members, ...SPAN, ...REASON });
const Swap = Strict({
  memberIds: Type.Array(Uuid, { minItems: 2, maxItems: 2 }),
  windows: Type.Array(Strict(SPAN), { minItems: 1, maxItems: 20 }),
  ...REASON,
});
const Leave = Strict({
  memberId: Uuid,
  ...SPAN,
  coveredBy: Type.Optional(Type.Array(Uuid, { maxItems: MAX_COVERING })),
  ...REASON,
});

export const SCHEDULE = {
  timeZone: Type.Optional(TimeZone),
  shifts: Type.Array(Shift, { maxItems: 500 }),
  overrides: Type.Optional(
    Type.Array(Override, { maxItems: 500, description: 'Exactly these, whatever else is planned; the later wins.' }),
  ),
  swaps: Type.Optional(
    Type.Array(Swap, { maxItems: 500, description: 'In its windows the two take each other’s duties.' }),
  ),
  leave: Type.Optional(
    Type.Array(Leave, { maxItems: 500, description: 'After swaps; whoever covers takes the duty over.' }),
  ),
};
export const ScheduleWire = Type.Object({
  ...SCHEDULE,
  teamId: Uuid,
  version: Type.Integer(),
  createdAt: InstantOut,
});

export function toScheduleWire({ shifts, overrides, swaps, leave, ...rest }: ScheduleVersion) {
  return {
    ...rest,
    shifts: shifts.map((shift) => ({ ...shift, memberIds: [...shift.memberIds] })),
    overrides: overrides?.map((override) => ({ ...override, memberIds: [...override.memberIds] })),
    swaps: swaps?.map((swap) => ({ ...swap, memberIds: [...swap.memberIds], windows: [...swap.windows] })),
    leave: leave?.map((absence) => ({ ...absence, coveredBy: absence.coveredBy && [...absence.coveredBy] })),
    createdAt: formatInstant(rest.createdAt),
  };
}

/** Of what is found in a schedule, besides its kind. */
export const FOUND_IN_SCHEDULE = {
  from: Type.Optional(InstantOut),
  to: Type.Optional(InstantOut),
  cause: Type.Optional(Type.Enum(['no_shift', 'all_on_leave'])),
  shifts: Type.Optional(Type.Array(Type.Integer(), { description: 'Places in the schedule’s `shifts`, from 0.' })),
  count: Type.Optional(Type.Integer({ description: '`from` and `to` are of the first.' })),
  memberId: Type.Optional(Uuid),
  year: Type.Optional(Type.Integer()),
};
export const FindingWire = Type.Object({
  kind: Type.Enum([
    'gap',
    'nobody_reachable',
    'overlap',
    'member_left',
    'member_without_channel',
    'holidays_unknown',
    'shift_unusable',
  ]),
  ...FOUND_IN_SCHEDULE,
});

export const toFindingWire = (finding: ScheduleFinding) => ({ ...finding, ...placesOf(finding) });

interface Found {
  readonly kind: string;
  readonly from?: number;
  readonly to?: number;
  readonly at?: number;
  readonly shift?: number;
  readonly shifts?: readonly number[];
}

/** When and where in the schedule it is, as the fields above have it. */
export const placesOf = ({ from, to, at, shift, shifts }: Found) => ({
  from: formatOptionalInstant(from ?? at),
  to: formatOptionalInstant(to),
  shifts: shift === undefined ? shifts && [...shifts] : [shift],
});
