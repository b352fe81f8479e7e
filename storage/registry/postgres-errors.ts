// Tells which rule of the schema refused a statement.

const UNIQUE_OR_FOREIGN_KEY = new Set(['23505', '23503']);

/** Name of the violated unique or foreign-key constraint; undefined for any other error. */
export function violatedConstraint(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && 'constraint' in error)) return undefined;
  if (typeof error.code !== 'string' || !UNIQUE_OR_FOREIGN_KEY.has(error.code)) return undefined;
  return typeof error.constraint === 'string' ? error.constraint : undefined;
}
