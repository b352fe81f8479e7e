import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { surnameOf } from './surname-of.ts';

describe('of a Chinese name a message carries', () => {
  test.each([
    ['王小明', '王'],
    ['李四', '李'],
    [' 张 三 ', '张'],
    ['欧阳修', '欧阳'],
    ['歐陽修', '歐陽'],
    ['诸葛孔明', '诸葛'],
    ['欧阳 修', '欧阳'],
    ['王小明 先生', '王'],
    ['王Anna', '王'],
    ['𠂇小明', '𠂇'],
  ])('%s: %s', (name, surname) => {
    expect(surnameOf(name)).toBe(surname);
  });

  test('never two characters of a name that has only two', () => {
    expect(surnameOf('夏侯')).toBe('夏');
    expect(surnameOf('司马')).toBe('司');
  });

  test('one character where the second is as likely a given name', () => {
    expect(surnameOf('梁丘明')).toBe('梁');
    expect(surnameOf('乐正义')).toBe('乐');
  });

  test('what follows the dot in a name of another people', () => {
    expect(surnameOf('买买提·艾山')).toBe('艾山');
    expect(surnameOf('阿不都拉•吾守尔')).toBe('吾守尔');
  });
});

describe('of other names', () => {
  test.each([
    ['Mary Ann Smith', 'Smith'],
    ['Smith, Mary Ann', 'Smith'],
    ['José García-Márquez', 'García-Márquez'],
    ['Мария Иванова', 'Иванова'],
    ['Aisha', 'Aisha'],
    ['김철수', '김'],
  ])('%s: %s', (name, surname) => {
    expect(surnameOf(name)).toBe(surname);
  });

  test('nothing of nothing', () => {
    expect(surnameOf('')).toBeUndefined();
    expect(surnameOf('  ')).toBeUndefined();
  });
});

test('a whole Chinese name never leaves, whatever it is', () => {
  const han = fc.integer({ min: 0x4e00, max: 0x9fff }).map((code) => String.fromCodePoint(code));
  fc.assert(
    fc.property(fc.array(han, { minLength: 2, maxLength: 5 }), (characters) => {
      expect([...surnameOf(characters.join(''))!].length).toBeLessThan(characters.length);
    }),
  );
});
