/** The form that all parsed text has: NFC, LF line ends, no byte order mark, no half of a character. */

export function normalizeText(text: string): string {
  const unix = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  // Fonts of PDF files map glyphs to lone surrogates, which UTF-8 cannot hold.
  return unix
    .toWellFormed()
    .normalize('NFC')
    .replace(/^\uFEFF/, '');
}
