import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitLines } from './fit-lines.ts';

test('what fits stays as it is', () => {
  expect(fitLines('低血糖\n详情\n编号', 25)).toBe('低血糖\n详情\n编号');
});

test('of what doesn’t the lines in the middle go first', () => {
  expect(fitLines('several\none\ntwo\nthree\nlink\nreference', 32)).toBe('several\none\n…\nlink\nreference');
});

test('whatever it is, it fits, begins as it began and ends with where to look', () => {
  const line = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).map((text) => text.replaceAll('\n', ' '));
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 300, max: 3_000 }),
      (lines, maxBytes) => {
        const [title = ''] = lines;
        const fitted = fitLines([...lines, 'link', 'reference'].join('\n'), maxBytes);
        expect(Buffer.byteLength(fitted)).toBeLessThanOrEqual(maxBytes);
        expect(fitted.startsWith(title)).toBe(true);
        expect(fitted.endsWith('\nlink\nreference')).toBe(true);
      },
    ),
  );
});
