// A row of pg with its nulls left out: missing is `undefined` everywhere but in SQL.

export function dropNulls<T extends object>(row: T): T {
  const kept = Object.entries(row).filter(([, value]) => value !== null);
  return Object.fromEntries(kept) as T;
}
