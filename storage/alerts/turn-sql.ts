// In which turn something is dealt with (turnOf), as SQL.

/** Of `row`, a table or alias with severity, condition and direction; where the severity is another's, that column. */
export const turnSql = (row: string, severity = `${row}.severity`): string =>
  `(case when ${severity} = 'emergency' then 3 when ${severity} <> 'critical' then 0 when ${isGlucoseLowSql(row)} then 2 else 1 end)`;

/** Never null. */
export const isGlucoseLowSql = (row: string): string =>
  `coalesce(${row}.condition = 'glucose' and ${row}.direction = 'low', false)`;
