// Which days the PRC works: public holidays and make-up workdays as the State Council published them (chinese-days).
// For a year that isn't published yet Monday to Friday are workdays: `isHolidayYearKnown` tells.
import chineseDays from 'chinese-days';

/** `day`: YYYY-MM-DD. */
export const isChinaWorkday = (day: string): boolean => chineseDays.isWorkday(noonOf(day));

/** 1 October is a public holiday of every year (全国年节及纪念日放假办法), so a year without it is a year without data. */
export const isHolidayYearKnown = (year: number): boolean =>
  chineseDays.getDayDetail(noonOf(`${year}-10-01`)).name.includes(',');

/**
 * chinese-days 1.5.7 reads a text as UTC and takes its local day: west of Greenwich `2026-10-10` was 9 October. A Date made of local
 * parts is the same calendar day whatever zone the process runs in.
 */
function noonOf(day: string): Date {
  return new Date(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1, Number(day.slice(8, 10)), 12);
}
