// Which days the PRC works: public holidays and make-up workdays as the State Council published them (chinese-days).
// For a year that isn't published yet Monday to Friday are workdays: `isHolidayYearKnown` tells.
import chineseDays from 'chinese-days';

/**
 * `day`: YYYY-MM-DD. Only whether the day is in the published tables is asked of chinese-days, and only by text: where the process runs
 * west of Greenwich, 1.5.7 files both tables and texts a day early, which cancels out, and takes the weekday of the day before, which
 * doesn't (2026-10-10, worked, and 2026-05-09 came out wrong in America/Los_Angeles). The weekday is therefore our own.
 */
export function isChinaWorkday(day: string): boolean {
  const { name, work } = chineseDays.getDayDetail(day);
  if (isPublished(name)) return work;
  const weekday = new Date(`${day}T00:00Z`).getUTCDay();
  return weekday >= 1 && weekday <= 5;
}

/** 1 October is a public holiday of every year (全国年节及纪念日放假办法), so a year without it is a year without data. */
export const isHolidayYearKnown = (year: number): boolean =>
  isPublished(chineseDays.getDayDetail(`${year}-10-01`).name);

/** `National Day,国庆节,3` for a day in the tables, the weekday's name for any other. */
const isPublished = (name: string): boolean => name.includes(',');
