// What the robots of group chats have in common: a text message by a paced POST, judged by its `errcode`. Their interfaces carry no
// idempotency key: the text ends with a reference, by which people see that it came twice.
import { isUrgent, worstTurn } from '../../domain/alerts/severity-order.ts';
import { writeAlertText } from '../texts/write-alert-text.ts';
import type { Channel, Destination } from './channel.ts';
import { createGuardedPost, type GuardedPostDeps } from './post-guarded.ts';
import { failedForNow, judgeRobot, type RobotCodes } from './robot-answer.ts';
import { createRobotPace } from './robot-pace.ts';

export interface RobotKind {
  readonly name: string;
  readonly codes: RobotCodes;
  /** The URL of one request; undefined where the contact lacks something. */
  readonly writeUrl: (destination: Destination, now: number) => string | undefined;
  /** The body for a text; `callsAll` rings also for those who have muted the group. */
  readonly writeBody: (text: string, callsAll: boolean) => unknown;
}

export function createGroupRobot({ name, codes, writeUrl, writeBody }: RobotKind, deps: GuardedPostDeps): Channel {
  const { now } = deps;
  const post = createGuardedPost(deps);
  const pace = createRobotPace(now);
  const headers = { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'Pulseward' };
  return {
    name,
    follows: false,
    saysWho: true,
    async send(notification, destination) {
      const { address } = destination;
      const url = writeUrl(destination, now());
      if (address === undefined || url === undefined) return { fate: 'failed_final', reason: 'incomplete_contact' };
      const waitMs = pace.take(address, worstTurn(notification.items ?? [notification]));
      if (waitMs !== undefined) return failedForNow('rate_limited', false, waitMs);
      const body = writeBody(writeAlertText(notification).long, isUrgent(notification.severity));
      const judgeBody = (text: string) => {
        const { answer, restMs } = judgeRobot(text, codes);
        if (restMs !== undefined) pace.rest(address, restMs);
        return answer;
      };
      return post(url, headers, JSON.stringify(body), { judgeBody });
    },
    async stop() {
      post.stop();
    },
  };
}
