// What a CONNECT has to satisfy before Aedes deals with it: sign-in, a session id of its own, a will on a status topic of its own.
import { randomUUID } from 'node:crypto';
import type { ConnectPacket } from 'aedes';
import type { Log } from '../runtime/log.ts';
import { REFUSE_CONNECTS_AFTER_MS } from './append-queue.ts';
import type { BrokerCounters } from './broker-counters.ts';
import type { DeviceLoader } from './device-loader.ts';
import type { RefusalAudit } from './refusal-audit.ts';
import { CONNECT_REFUSALS, type ConnectRefusal, type Session } from './session.ts';
import { type SignIn, TOKEN_USERNAME } from './sign-in.ts';
import { deviceIdOf, judgePublish, statusTopic } from './topic-rights.ts';

const MAX_CLIENT_ID_CHARACTERS = 256;
const REFUSAL_NAMES: Readonly<Record<ConnectRefusal, string>> = {
  [CONNECT_REFUSALS.identifierRejected]: 'identifier_rejected',
  [CONNECT_REFUSALS.unavailable]: 'unavailable',
  [CONNECT_REFUSALS.badCredentials]: 'bad_credentials',
  [CONNECT_REFUSALS.notAuthorised]: 'not_authorised',
};

export interface AdmitConnectDeps {
  readonly signIn: SignIn;
  readonly devices: DeviceLoader;
  readonly audit: RefusalAudit;
  readonly counters: BrokerCounters;
  readonly log: Log;
  /** How long the journal has taken nothing. */
  readonly stalledMs: () => number;
}

export type Admission =
  | {
      readonly session: Session;
      /** `{username}/{clientId}`; of a user `token/{userId}/{clientId}`, lest one user's client could end another's. */
      readonly sessionId: string;
    }
  | { readonly refusal: ConnectRefusal };

/** Never rejects: what can't be decided now is answered with 3, server unavailable. */
export function createAdmitConnect(deps: AdmitConnectDeps): (packet: ConnectPacket) => Promise<Admission> {
  const { signIn, devices, audit, counters, log, stalledMs } = deps;

  async function decide(packet: ConnectPacket): Promise<Admission> {
    if (stalledMs() > REFUSE_CONNECTS_AFTER_MS) return { refusal: CONNECT_REFUSALS.unavailable };
    const { clientId, username, password } = packet;
    // An empty one is given a name for this connection; a session to come back to needs a name of its own [MQTT-3.1.3-8].
    if (clientId.length > MAX_CLIENT_ID_CHARACTERS || (clientId === '' && !packet.clean))
      return { refusal: CONNECT_REFUSALS.identifierRejected };
    const session = await signIn(username, toBuffer(password));
    if ('refusal' in session) return session;
    if (packet.will && !(await mayLeave(session, packet.will.topic))) {
      audit.count(session, 'foreign_will', packet.will.topic);
      return { refusal: CONNECT_REFUSALS.notAuthorised };
    }
    const owner = session.kind === 'user' ? `${TOKEN_USERNAME}/${session.userId}` : username;
    return { session, sessionId: `${owner}/${clientId || randomUUID()}` };
  }

  async function mayLeave(session: Session, topic: string): Promise<boolean> {
    const deviceId = deviceIdOf(topic) ?? '';
    if (session.kind !== 'device' || topic !== statusTopic(deviceId)) return false;
    if (judgePublish(session, topic, devices.peek) === 'unknown') await devices.load(deviceId);
    return typeof judgePublish(session, topic, devices.peek) !== 'string';
  }

  return async (packet) => {
    let admission: Admission;
    try {
      admission = await decide(packet);
    } catch (error) {
      log.warn({ err: error }, 'a sign-in could not be checked');
      admission = { refusal: CONNECT_REFUSALS.unavailable };
    }
    counters.signIns.inc({ result: 'refusal' in admission ? REFUSAL_NAMES[admission.refusal] : 'accepted' });
    return admission;
  };
}

const toBuffer = (password: Buffer | string | undefined): Buffer | undefined =>
  typeof password === 'string' ? Buffer.from(password) : password;
