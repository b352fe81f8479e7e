// The pieces that schemas of the API are made of. Absent is absent: nothing answers null.
import Type, { type Static, type TProperties, type TSchema } from 'typebox';

/** A request's body or query: a field that nobody reads is refused, because it is most likely misspelt. */
export const Strict = <T extends TProperties>(properties: T) =>
  Type.Object(properties, { additionalProperties: false });

export const Uuid = Type.String({ format: 'uuid' });
export const Code = Type.String({ format: 'code' });
export const CalendarDate = Type.String({ format: 'date' });
export const TimeZone = Type.String({ format: 'time-zone' });
export const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength, format: 'text' });
/** What people write, of as many lines as they like. */
export const Lines = (maxLength: number) => Type.String({ minLength: 1, maxLength, format: 'lines' });
/** A field that null removes. */
export const OrNull = <T extends TSchema>(schema: T) =>
  Type.Unsafe<Static<T> | null>({ ...schema, type: [...typesOf(schema), 'null'] });

/** As the API takes it. `parseInstant` makes epoch ms of it. */
export const InstantIn = Type.Unsafe<string | number>({
  type: ['string', 'integer'],
  description: 'RFC 3339 with an offset, or epoch milliseconds',
  examples: ['2026-11-22T08:05:00+08:00'],
});
/** As the API answers it: RFC 3339 in UTC. */
export const InstantOut = Type.String({ format: 'date-time' });

export const Page = <T extends TSchema>(item: T) =>
  Type.Object({ items: Type.Array(item), nextCursor: Type.Optional(Type.String()) });

export const PAGE_QUERY = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
  cursor: Type.Optional(Type.String({ maxLength: 500, description: 'nextCursor of the page before' })),
};

export const PatientParams = Strict({ patientId: Uuid });
export const TeamParams = Strict({ teamId: Uuid });
export const DeviceParams = Strict({ deviceId: Uuid });

/** A schema of ours names its types; TypeBox's static side doesn't say so. */
const typesOf = (schema: TSchema): readonly string[] =>
  'type' in schema ? [schema.type].flat().filter((type) => typeof type === 'string') : ['string'];
