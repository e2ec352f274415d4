/** Citation markers in an answer's text: every unescaped `[n]` is one, so a source's own bracketed numbers are escaped. */

const bracketedNumber = /(?<!\\)\[(\s*\d+(?:\s*[,;–-]\s*\d+)*\s*)\]/g;

/** `see [3]` becomes `see \[3\]`; what is escaped already stays as it is. */
export function escapeMarkers(text: string): string {
  return text.replace(bracketedNumber, '\\[$1\\]');
}
