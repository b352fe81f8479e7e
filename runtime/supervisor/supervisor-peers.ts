// A role process's view of its siblings: it asks the supervisor, which asks them.
import { TemporaryFailure } from '../errors.ts';
import type { Peers } from '../peers.ts';
import type { MessageFromRole, MessageToRole } from './role-messages.ts';

const ANSWER_MS = 2_000;
type PeersAnswer = Extract<MessageToRole, { type: 'peers' }>;

export function createSupervisorPeers(): Peers {
  const waiting = new Map<number, (answer: PeersAnswer) => void>();
  let lastId = 0;

  const receive = (message: MessageToRole) => {
    if (message.type === 'peers') waiting.get(message.id)?.(message);
  };

  function ask(withSnapshots: boolean): Promise<PeersAnswer> {
    if (lastId === 0) process.on('message', receive);
    const id = ++lastId;
    const { promise, resolve, reject } = Promise.withResolvers<PeersAnswer>();
    const silence = new TemporaryFailure('supervisor_silent', `the supervisor did not answer within ${ANSWER_MS} ms`);
    const timer = setTimeout(reject, ANSWER_MS, silence);
    waiting.set(id, resolve);
    // Where the channel is closed nobody answers, which the timer tells.
    process.send?.({ type: 'ask-peers', id, withSnapshots } satisfies MessageFromRole, () => undefined);
    return promise.finally(() => {
      clearTimeout(timer);
      waiting.delete(id);
    });
  }

  return {
    statuses: async () => (await ask(false)).statuses,
    snapshots: async () => (await ask(true)).snapshots,
  };
}
