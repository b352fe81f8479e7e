// A patient's age in full years (clinical.md §5.3).
// Promise: calendar dates only: a birth date as an instant is an hour off for those born in China's summer time, 1986–1991.

/**
 * @param birthDate YYYY-MM-DD
 * @param day local day of the measurement, YYYY-MM-DD; the birthday counts, and 29 February comes on 1 March in other years
 */
export function ageYears(birthDate: string, day: string): number {
  const years = Number(day.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return day.slice(5) >= birthDate.slice(5) ? years : years - 1;
}
