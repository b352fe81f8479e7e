// How urgent a severity is, as SQL: 2 emergency, 1 critical, 0 what can wait, or has none.

export const rankSql = (column: string): string =>
  `(case ${column} when 'emergency' then 2 when 'critical' then 1 else 0 end)`;
