import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameTokens, normaliseIdentifier, normalisePhone, queryWords } from './identity-search.ts';

const finds = (query: string, name: string) => {
  const tokens = new Set(nameTokens(name));
  return queryWords(query).every((word) => tokens.has(word));
};

describe('a name is found by what a person would type', () => {
  it.each([
    ['吕布', 'lvbu'],
    ['吕布', 'lübu'],
    ['王小明', '小明'],
    ['王小明', '王xm'],
    ['王小明', 'wxm'],
    ['ＷＡＮＧ　Ming', 'wang m'],
    ["O'Brien", 'brien'],
    ['María-José', 'maría'],
  ])('%s by %s', (name, query) => {
    expect(finds(query, name)).toBe(true);
  });

  it('any beginning of any word of a Latin name', () => {
    const word = fc.stringMatching(/^[a-z]{1,12}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), fc.nat(), fc.nat(), (words, which, length) => {
        const chosen = words[which % words.length]!;
        expect(finds(chosen.slice(0, 1 + (length % chosen.length)), words.join(' '))).toBe(true);
      }),
    );
  });
});

describe('a number is found in another spelling', () => {
  it.each([
    ['139 1234 5678', '+86 139-1234-5678'],
    ['0086 13912345678', '13912345678'],
    ['０２１-１２３４', '021 1234'],
  ])('%s and %s are one phone', (one, other) => {
    expect(normalisePhone(one)).toBe(normalisePhone(other));
  });
  it('an identifier without its spaces and in either case', () => {
    expect(normaliseIdentifier('1101 0119 500101002X')).toBe(normaliseIdentifier('11010119500101002x'));
  });
});
