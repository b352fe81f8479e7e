// What a name is found by: parts of its characters, its pinyin and its initials, all before they become keyed hashes. Pure.
// Promise: whatever `queryWords` makes of a prefix of a word, `nameTokens` has made of the whole.
import { pinyin } from 'pinyin-pro';

const HAN_RUN = /\p{Script=Han}+/gu;
const WORD = /[\p{L}\p{N}]+/gu;
/** Longer names keep being found, by what their first words give. */
const MAX_TOKENS = 256;

/** One spelling for what looks the same: compatibility forms, case, spaces. */
export function normaliseText(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ');
}

export const normaliseIdentifier = (value: string): string => normaliseText(value).replace(/\s/g, '');

/** Digits alone, without the country code of mainland China that some write and some don't. */
export const normalisePhone = (phone: string): string =>
  phone
    .normalize('NFKC')
    .replace(/\D/g, '')
    .replace(/^(00)?86(?=1\d{10}$)/, '');

export function nameTokens(name: string): readonly string[] {
  const text = normaliseText(name);
  const tokens = new Set<string>([text]);
  for (const run of text.match(HAN_RUN) ?? []) {
    addParts(tokens, [...run]);
    // A surname may be read in its own way (单: shan, else dan): either finds it.
    for (const surname of ['head', 'off'] as const) {
      const syllables = pinyin(run, { toneType: 'none', type: 'array', v: true, surname });
      addPrefixesFromEach(tokens, syllables);
      addPrefixesFromEach(
        tokens,
        syllables.map((syllable) => syllable.slice(0, 1)),
      );
    }
  }
  for (const word of text.replace(HAN_RUN, ' ').match(WORD) ?? []) addPrefixesFromEach(tokens, [word]);
  return [...tokens].slice(0, MAX_TOKENS);
}

/** Every word has to be found in a name. */
export function queryWords(query: string): readonly string[] {
  const words = normaliseText(query).replaceAll('ü', 'v').match(WORD) ?? [];
  return [...new Set(words.flatMap((word) => splitScripts(word)))];
}

/** `王xm` is 王 and xm. */
function splitScripts(word: string): string[] {
  return word.match(/\p{Script=Han}+|[^\p{Script=Han}]+/gu) ?? [];
}

/** All contiguous parts. */
function addParts(tokens: Set<string>, characters: readonly string[]): void {
  for (let from = 0; from < characters.length; from++) {
    for (let to = from + 1; to <= characters.length; to++) tokens.add(characters.slice(from, to).join(''));
  }
}

/** From each syllable on, every prefix of what follows: `xiaom` finds 王小明. */
function addPrefixesFromEach(tokens: Set<string>, syllables: readonly string[]): void {
  for (let from = 0; from < syllables.length; from++) {
    const rest = syllables.slice(from).join('');
    for (let length = 1; length <= rest.length; length++) tokens.add(rest.slice(0, length));
  }
}
