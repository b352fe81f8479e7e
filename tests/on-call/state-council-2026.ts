// The PRC's public holidays of 2026 as published, for tests of what goes by them.

/** 国务院办公厅关于2026年部分节假日安排的通知 (国办发明电〔2025〕7号): days off, and Saturdays and Sundays of work. */
const DAYS_OFF_2026: readonly (readonly [string, string])[] = [
  ['01-01', '01-03'],
  ['02-15', '02-23'],
  ['04-04', '04-06'],
  ['05-01', '05-05'],
  ['06-19', '06-21'],
  ['09-25', '09-27'],
  ['10-01', '10-07'],
];
const MAKE_UP_DAYS_2026 = ['01-04', '02-14', '02-28', '05-09', '09-20', '10-10'];

/** `wall`: the day as if it were UTC. */
export function isWorkday2026(wall: Date): boolean {
  const day = wall.toISOString().slice(5, 10);
  if (DAYS_OFF_2026.some(([first, last]) => day >= first && day <= last)) return false;
  return MAKE_UP_DAYS_2026.includes(day) || (wall.getUTCDay() !== 0 && wall.getUTCDay() !== 6);
}
