/** The form that all parsed text has: NFC, LF line ends, no byte order mark. */

export function normalizeText(text: string): string {
  const unix = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  return unix.normalize('NFC').replace(/^\uFEFF/, '');
}
