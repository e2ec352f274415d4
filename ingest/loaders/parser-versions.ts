/**
 * Which version of the loaders read a document. Raise a number with every change by which the same bytes are read differently: documents
 * that were read by another version are read again at the next ingest.
 */

/** Of what all loaders share. */
const shared = 1;
/** 1 where absent. */
const byMediaType: Readonly<Record<string, number>> = { 'text/markdown': 4 };

export function parserOf(mediaType: string): string {
  const own = Object.hasOwn(byMediaType, mediaType) ? byMediaType[mediaType] : 1;
  return `${mediaType} ${shared}.${own}`;
}

/** False also where it is not known, as in catalogues of before it was kept. */
export function isCurrentParser(parser: string | null): boolean {
  return parser !== null && parser === parserOf(parser.split(' ', 1)[0] ?? '');
}
