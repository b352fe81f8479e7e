/** Where a note is sealed to, so that it can't be moved to another alert (vault.ts). */
export const noteIn = (alertId: string): string => `alert/${alertId}/note`;
