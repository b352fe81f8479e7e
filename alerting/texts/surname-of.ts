// The part of a name that a message may carry. Promise: where it can't be told which part is the family's, the least that tells people
// apart is shown, never a whole Chinese name.

/**
 * Surnames of two characters (百家姓 and those still borne in mainland China), simplified and traditional. Left out are those whose first
 * character is a common surname itself (段干, 梁丘, 乐正, 钟离): they would rather show a given name than a surname.
 */
const COMPOUND_SURNAMES = new Set(
  `欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 夏侯 东方 東方 皇甫 尉迟 尉遲 公孙 公孫 慕容 令狐 司徒 司空 司寇 长孙 長孫 宇文 轩辕 軒轅 端木 百里
   呼延 南宫 南宮 西门 西門 独孤 獨孤 赫连 赫連 澹台 澹臺 公冶 宗政 濮阳 濮陽 淳于 单于 單于 太叔 申屠 仲孙 仲孫 鲜于 鮮于 闾丘 閭丘 亓官
   拓跋 夹谷 夾谷 谷梁 穀梁 东郭 東郭 羊舌 公羊 漆雕 公西 巫马 巫馬 颛孙 顓孫 壤驷 壤駟 万俟 闻人 聞人 第五 纳兰 納蘭 完颜 完顏 叶赫 葉赫`.split(
    /\s+/,
  ),
);
/** As names of other peoples are written in Chinese: 买买提·艾山. What follows the last dot is the father's or the family's name. */
const NAME_DOTS = /[·•‧・∙.．]/u;
const HAN = /\p{Script=Han}/u;
const LATIN = /\p{Script=Latin}/u;

/**
 * Han: the first character, or two where they are a known compound surname and something follows; behind a dot, what the dot separates.
 * Latin and others that write words apart: the last word, or what stands before a comma. A single word that isn't Latin: its first
 * character. Undefined where there is no name.
 */
export function surnameOf(name: string): string | undefined {
  const written = name.normalize('NFC').trim();
  if (written === '') return undefined;
  if (HAN.test(written)) return ofHan(written);
  const beforeComma = /^(.+?)\s*[,，]/u.exec(written)?.[1];
  if (beforeComma !== undefined) return beforeComma;
  const words = written.split(/\s+/u);
  const last = words.at(-1)!;
  return words.length > 1 || LATIN.test(last) ? last : firstCharacter(last);
}

function ofHan(written: string): string {
  const parts = written.split(NAME_DOTS).map((part) => onlyHan(part));
  const last = parts.findLast((part) => part !== '')!;
  if (parts.filter((part) => part !== '').length > 1) return last;
  const compound = last.slice(0, 2);
  return last.length > 2 && COMPOUND_SURNAMES.has(compound) ? compound : firstCharacter(last);
}

const onlyHan = (text: string) => [...text].filter((character) => HAN.test(character)).join('');

/** Rare surnames lie beyond the first plane: a character is not a code unit. */
const firstCharacter = (text: string) => [...text][0]!;
