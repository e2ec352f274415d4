/** Numbers as people read them. */

/** `12,345`, of a whole number or its digits. By hand, because the first number that `Intl` formats costs a command 50 ms. */
export function grouped(count: number | string, separator = ','): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, separator);
}

/** `1 file`, `2 files`. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${grouped(count)} ${count === 1 ? singular : plural}`;
}

/** `12.3 MB`. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
