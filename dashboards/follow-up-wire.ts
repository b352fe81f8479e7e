// What is to be done next with a patient who is followed up, as the API answers it.
import Type from 'typebox';
import { FOLLOW_UP_ACTIONS, FOLLOW_UP_REASONS } from '../domain/follow-up/follow-up.ts';
import { CalendarDate } from './wire.ts';

export const FollowUpWire = Type.Object(
  {
    action: Type.Enum([...FOLLOW_UP_ACTIONS], {
      description:
        '`recheck`: to be seen again within two weeks; `refer`: to be referred, and the referral followed up within two weeks.',
    }),
    dueOn: CalendarDate,
    reason: Type.Enum([...FOLLOW_UP_REASONS]),
    atOnce: Type.Optional(Type.Literal(true, { description: 'Refer at once; the date is that of following it up.' })),
  },
  { description: 'What is to be done next and by when. Absent of who is not followed up.' },
);
