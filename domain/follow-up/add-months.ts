// Calendar months on from a day, as the follow-up cadence counts them (clinical.md §6).

/** YYYY-MM-DD; a day that the month doesn't have becomes its last: 2025-11-30 and three months are 2026-02-28. */
export function addMonths(day: string, months: number): string {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number];
  const lastDate = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(date, lastDate))).toISOString().slice(0, 10);
}
