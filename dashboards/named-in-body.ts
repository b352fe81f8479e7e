// What a body names by id. Promise: an id that is unknown or out of scope is the body's fault and said to be so.
import { invalid, Refusal } from '../storage/registry/refusal.ts';

/** Throws Refusal `invalid` naming `field` where `find` throws `not_found`. */
export async function namedInBody<T>(field: string, find: () => Promise<T>): Promise<T> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof Refusal && error.code === 'not_found') throw invalid(field, `${field}: ${error.message}`);
    throw error;
  }
}
