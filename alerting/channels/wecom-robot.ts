// WeCom (企业微信) group robot, by its webhook `…/cgi-bin/webhook/send?key=…` (developer.work.weixin.qq.com/document/path/91770). `text`
// and not `markdown`: those who read the group in WeChat see no markdown.
import { fitLines } from '../texts/fit-lines.ts';
import type { Channel } from './channel.ts';
import { createGroupRobot } from './group-robot.ts';
import type { GuardedPostDeps } from './post-guarded.ts';

/** Its documentation limits a robot to 20 messages a minute and names no longer penalty. */
const API_FREQ_OUT_OF_LIMIT = 45009;
/** Too many at the same moment, of everybody's together (developer.work.weixin.qq.com/document/path/90313). */
const API_CONCURRENT_OUT_OF_LIMIT = 45033;
const SYSTEM_BUSY = -1;
/** Of `content`, in UTF-8: a longer one is refused. */
const LONGEST_BYTES = 2_048;

export const createWecomRobot = (deps: GuardedPostDeps): Channel =>
  createGroupRobot(
    {
      name: 'wecom_robot',
      codes: { recoverable: [SYSTEM_BUSY, API_CONCURRENT_OUT_OF_LIMIT], tooMany: { [API_FREQ_OUT_OF_LIMIT]: 60_000 } },
      writeUrl: ({ address }) => address,
      writeBody: (text, callsAll) => {
        const content = fitLines(text, LONGEST_BYTES);
        return { msgtype: 'text', text: callsAll ? { content, mentioned_list: ['@all'] } : { content } };
      },
    },
    deps,
  );
