// In which turn a severity is dealt with (turnOf), as SQL.

export const turnSql = (column: string): string =>
  `(case ${column} when 'emergency' then 2 when 'critical' then 1 else 0 end)`;
