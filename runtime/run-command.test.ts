import { expect, test } from 'vitest';
import { StartFailure, TemporaryFailure } from './errors.ts';
import { tellInWords } from './run-command.ts';

test('what a person can mend or wait for is told without a stack, with its causes', () => {
  const cause = new Error('connect ECONNREFUSED 127.0.0.1:6379');
  for (const error of [
    new TemporaryFailure('journal_unavailable', "the journal doesn't answer", { cause }),
    new StartFailure("the journal doesn't answer", { cause }),
  ])
    expect(tellInWords(error)).toBe("the journal doesn't answer\nbecause: connect ECONNREFUSED 127.0.0.1:6379");
});

test('a bug is told with its stack', () => {
  expect(tellInWords(new TypeError('x is not a function'))).toMatch(/^TypeError: x is not a function\n\s+at /);
});
