/** What a loader makes of the bytes of one document. */

export type BlockKind = 'heading' | 'paragraph' | 'list' | 'table' | 'code' | 'quote' | 'caption' | 'slide' | 'sheet';

/** The kinds that name what follows them: a heading's line, the title line of a slide, the name of a sheet. */
export function opensSection(kind: BlockKind): boolean {
  return kind === 'heading' || kind === 'slide' || kind === 'sheet';
}

/**
 * A structural piece of the parsed text. Blocks are in text order and do not overlap; only white space, or markup that
 * carries no content, lies between them. Offsets are half-open, in UTF-16 units of `ParsedDocument.text`.
 */
export interface Block {
  readonly kind: BlockKind;
  readonly start: number;
  readonly end: number;
  /** 1 to 6 for what opens a section, else null. */
  readonly level: number | null;
  /** What a heading, slide or sheet is called, without markup; null for other kinds. */
  readonly title: string | null;
  /** Page, slide or sheet, the first being 1; null where the format has none of them. */
  readonly page: number | null;
  /** Where it begins within a recording, in seconds; only in transcripts and subtitles. */
  readonly seconds?: number;
  /** Tables: where the header rows (with their rule line) end; equals `start` where there is no header, null for other kinds. */
  readonly headerEnd: number | null;
}

export interface Warning {
  readonly code: string;
  readonly message: string;
  /** How many things of this kind were found, where they are counted. */
  readonly count?: number;
}

/** Text is NFC with LF line ends; it is what Persea stores, returns and quotes from. */
export interface ParsedDocument {
  readonly title: string;
  readonly mediaType: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly pageCount: number | null;
  /** Facts about the document itself, where the format tells them. */
  readonly properties: DocumentProperties;
  /** Raw front matter of Markdown; labels are read from its `access` key. */
  readonly frontMatter: Readonly<Record<string, unknown>> | null;
  readonly attachments: readonly Attachment[];
  readonly warnings: readonly Warning[];
}

export interface DocumentProperties {
  readonly author?: string;
  /** ISO 8601 date or date-time. */
  readonly date?: string;
  /** BCP 47 language tag. */
  readonly language?: string;
  /** Who is responsible for it now, as its source or its front matter tells. */
  readonly owner?: string;
  /** Address at which people open it. */
  readonly url?: string;
  /** Uri or title of the document that this one replaces, as its front matter states. */
  readonly supersedes?: string;
  /** Uri or title of the document that replaces this one. Never shown as it is: not everybody may see that document. */
  readonly supersededBy?: string;
  /** It says of itself that it is no longer in force. */
  readonly status?: 'superseded';
  /** Last day on which it is in force, such as `2026-02-03`. */
  readonly validUntil?: string;
}

/** A file inside a document, such as an e-mail's attachment. */
export interface Attachment {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}
