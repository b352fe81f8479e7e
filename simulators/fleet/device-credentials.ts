// Which devices a fleet plays and how they sign in; kept in a file so that a later run can play the same ones again.
import { readFile, writeFile } from 'node:fs/promises';
import { SENSOR_KINDS, type SensorKind } from './virtual-person.ts';

export interface DeviceCredentials {
  readonly deviceId: string;
  readonly kind: SensorKind;
  /** Whose device: devices with the same number measure the same body. */
  readonly person: number;
  /** Its own id or its gateway's: devices with the same username share a connection. */
  readonly username: string;
  readonly password: string;
}

export class CredentialsProblem extends Error {
  override readonly name = 'CredentialsProblem';
}

const EXPECTED =
  '{"devices":[{"deviceId":"…","kind":"cgm|glucometer|bp_monitor","person":0,"username":"…","password":"…"}]}';

/** Throws CredentialsProblem naming the entry and the field. */
export async function readCredentials(path: string): Promise<readonly DeviceCredentials[]> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new CredentialsProblem(`${path} can't be read (${cause.code})`, { cause });
  });
  return parseCredentials(text, path);
}

export function parseCredentials(text: string, path: string): readonly DeviceCredentials[] {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new CredentialsProblem(`${path} is not JSON; expected ${EXPECTED}`, { cause });
  }
  const devices = isObject(content) ? content.devices : undefined;
  if (!Array.isArray(devices) || devices.length === 0)
    throw new CredentialsProblem(`${path} lists no devices; expected ${EXPECTED}`);
  return devices.map((entry: unknown, index) => {
    const refuse = (field: string, allowed: string): never => {
      throw new CredentialsProblem(`${path}, devices[${index}].${field}: ${allowed}`);
    };
    const fields = isObject(entry) ? entry : {};
    const text = (field: string): string => {
      const value = fields[field];
      return typeof value === 'string' && value !== '' ? value : refuse(field, 'must be a text');
    };
    const kind =
      SENSOR_KINDS.find((known) => known === fields.kind) ?? refuse('kind', `must be ${SENSOR_KINDS.join(', ')}`);
    const person = fields.person ?? index;
    if (typeof person !== 'number' || !Number.isInteger(person)) return refuse('person', 'must be a whole number');
    return { deviceId: text('deviceId'), kind, person, username: text('username'), password: text('password') };
  });
}

/** Mode 600: it holds secrets. */
export async function writeCredentials(path: string, devices: readonly DeviceCredentials[]): Promise<void> {
  await writeFile(path, `${JSON.stringify({ devices }, undefined, 2)}\n`, { mode: 0o600 });
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
