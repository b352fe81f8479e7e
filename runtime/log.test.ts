import { expect, test } from 'vitest';
import { createLog } from './log.ts';
import { formatForTerminal } from './log-printer.ts';

function capture(): { log: ReturnType<typeof createLog>; text(): string; lines(): Record<string, unknown>[] } {
  let text = '';
  const log = createLog({
    part: 'test',
    write: (line) => {
      text += line;
    },
  });
  return {
    log,
    text: () => text,
    lines: () =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
  };
}

test('names, secrets and payloads that are handed over all the same are hidden', () => {
  const { log, text } = capture();
  log.info(
    { password: 'Wang', device: { token: 'Wang', payload: 'Wang' }, request: { authorization: 'Wang' }, phone: 'Wang' },
    'seen',
  );
  expect(text()).not.toContain('Wang');
  expect(text()).toContain('(hidden)');
});

test("an error is logged with its causes and codes, without the database's quotation of the row", () => {
  const { log, lines, text } = capture();
  const cause = Object.assign(new Error('duplicate key value violates unique constraint "patients_key"'), {
    code: '23505',
    detail: 'Key (name)=(Wang Fang) already exists.',
    where: 'Wang Fang',
  });
  log.warn({ err: new Error('the insert failed', { cause }) }, 'odd');
  expect(lines()[0]).toMatchObject({
    level: 'warn',
    part: 'test',
    err: {
      type: 'Error',
      message: 'the insert failed',
      cause: { code: '23505', message: expect.stringContaining('patients_key') },
    },
  });
  expect(text()).not.toContain('Wang');
});

test('the input that a parser or the database quotes in its message is cut out', () => {
  const { log, text } = capture();
  try {
    JSON.parse('{"name": Wang}');
  } catch (err) {
    log.warn({ err }, 'odd');
  }
  log.warn(
    { err: Object.assign(new Error('invalid input syntax for type integer: "Wang"'), { code: '22P02' }) },
    'odd',
  );
  expect(text()).not.toContain('Wang');
});

test('what was thrown without being an error is not printed', () => {
  const { log, text } = capture();
  log.warn({ err: 'Wang' }, 'odd');
  expect(text()).not.toContain('Wang');
});

test('on a terminal a line is readable and keeps its fields', () => {
  const { log, text } = capture();
  log.info({ role: 'broker', backoffMs: 50 }, 'starting again');
  expect(formatForTerminal(text())).toMatch(
    /^\d\d:\d\d:\d\d\.\d{3} INFO {2}test +starting again role=broker backoffMs=50\n$/,
  );
});
