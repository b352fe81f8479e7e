// DingTalk (钉钉) custom robot with a signature, by its webhook `…/robot/send?access_token=…`
// (open.dingtalk.com/document/robots/custom-robot-access).
import { createHmac } from 'node:crypto';
import type { Channel } from './channel.ts';
import { createGroupRobot } from './group-robot.ts';
import type { GuardedPostDeps } from './post-guarded.ts';

/**
 * "send too fast, exceed 20 times per minute", which its present table of codes has as 410100 (open.dingtalk.com/document/orgapp/
 * custom-robots-send-group-messages): nothing gets through for 10 minutes then.
 */
const SEND_TOO_FAST = [130101, 410100];
const LIMITED_MS = 10 * 60_000;
const SYSTEM_BUSY = -1;

export const createDingtalkRobot = (deps: GuardedPostDeps): Channel =>
  createGroupRobot(
    {
      name: 'dingtalk_robot',
      codes: {
        recoverable: [SYSTEM_BUSY],
        tooMany: Object.fromEntries(SEND_TOO_FAST.map((code) => [code, LIMITED_MS])),
      },
      writeUrl: ({ address, secret }, now) =>
        address === undefined || secret === undefined || !URL.canParse(address)
          ? undefined
          : signUrl(address, secret, now),
      writeBody: (content, callsAll) => ({ msgtype: 'text', text: { content }, at: { isAtAll: callsAll } }),
    },
    deps,
  );

/** `timestamp` in ms, `sign` = base64 of HMAC-SHA256 with the secret over timestamp, line feed, secret. */
function signUrl(address: string, secret: string, now: number): string {
  const url = new URL(address);
  url.searchParams.set('timestamp', String(now));
  url.searchParams.set('sign', createHmac('sha256', secret).update(`${now}\n${secret}`).digest('base64'));
  return url.href;
}
