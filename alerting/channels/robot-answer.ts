// How group robots say what became of a message: HTTP 200 whatever happened, and a JSON object with `errcode`.
import type { ChannelAnswer } from './channel.ts';

export interface RobotCodes {
  /** By `errcode`: it will pass. Every other code that isn't 0 means that robot, secret or message has to be changed. */
  readonly recoverable: readonly number[];
  /** By `errcode`: too many messages, and how long nothing gets through then. */
  readonly tooMany: Readonly<Record<number, number>>;
}

export interface JudgedRobot {
  readonly answer: ChannelAnswer;
  readonly restMs?: number | undefined;
}

export function judgeRobot(text: string, { recoverable, tooMany }: RobotCodes): JudgedRobot {
  const code = readErrcode(text);
  // A gateway in between may have answered: whether the robot got it isn't known.
  if (code === undefined) return { answer: failedForNow('unreadable_answer', true) };
  if (code === 0) return { answer: { fate: 'delivered' } };
  const reason = `errcode_${code < 0 ? 'minus_' : ''}${Math.abs(code)}`;
  const restMs = tooMany[code];
  if (restMs !== undefined) return { answer: failedForNow(reason, false, restMs), restMs };
  if (recoverable.includes(code)) return { answer: failedForNow(reason, false) };
  return { answer: { fate: 'failed_final', reason } };
}

export function failedForNow(reason: string, perhapsArrived: boolean, retryAfterMs?: number): ChannelAnswer {
  return { fate: 'failed_recoverable', reason, perhapsArrived, retryAfterMs };
}

function readErrcode(text: string): number | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    const code = typeof answer === 'object' && answer !== null && 'errcode' in answer ? answer.errcode : undefined;
    return Number.isInteger(code) ? Number(code) : undefined;
  } catch {
    return undefined;
  }
}
