export const dayMs = 86_400_000;

/** Of the day by UTC, in milliseconds since the epoch as its argument. */
export function startOfDay(at: number): number {
  return Math.floor(at / dayMs) * dayMs;
}

/** `2026-02-03` of milliseconds since the epoch, in UTC; null where there is no such day. */
export function isoDay(date: number | null): string | null {
  if (date === null) return null;
  const day = new Date(date);
  return Number.isNaN(day.getTime()) ? null : day.toISOString().slice(0, 10);
}

/** What a document says of its day, else when its file was changed; milliseconds since the epoch, null where neither is known. */
export function documentDate({
  properties,
  modifiedAt,
}: {
  readonly properties: { readonly date?: string };
  readonly modifiedAt: number | null;
}): number | null {
  const own = properties.date === undefined ? Number.NaN : Date.parse(properties.date);
  return Number.isNaN(own) ? modifiedAt : own;
}

/** A number as it stands alone in a text that is most likely a year. */
export function isYear(digits: string): boolean {
  return /^(?:19|20)\d\d$/.test(digits);
}
