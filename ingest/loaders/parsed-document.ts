import type { Block, ParsedDocument } from '../../src/core/document.ts';

interface Facts
  extends Pick<ParsedDocument, 'title' | 'mediaType'>,
    Partial<Omit<ParsedDocument, 'title' | 'mediaType' | 'text' | 'blocks'>> {
  /** The text and its blocks: a `TextBuilder`, or whatever else has both. */
  readonly body: { readonly text: string; readonly blocks: readonly Block[] };
}

/** What most formats do not have is absent. */
export function parsedDocument({ title, mediaType, body, ...more }: Facts): ParsedDocument {
  return {
    title,
    mediaType,
    text: body.text,
    blocks: body.blocks,
    pageCount: null,
    properties: {},
    frontMatter: null,
    attachments: [],
    warnings: [],
    ...more,
  };
}
