/**
 * Characters that nobody sees, taken out of a parsed document: they split words for the search and can hide text from readers
 * that a model reads. Those that a script or an emoji needs stay. A warning says where there were so many, or such, that they can
 * have hidden something.
 */
import type { Block, DocumentProperties, ParsedDocument, Warning } from '../../src/core/document.ts';

/** Of no width in any font (Unicode's default-ignorable characters), and control characters but white space. */
const invisible = /[\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB]|(?![\t\n\v\f\r\u0085])\p{Cc}/u;
const everyInvisible = new RegExp(invisible.source, 'gu');

const tags = /[\u{E0000}-\u{E007F}]/u;
const overrides = /[\u202D\u202E]/u;
const direction = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u;
const selectors = /[\u180B-\u180D]|[\uFE00-\uFE0F]|[\u{E0100}-\u{E01EF}]/u;
const controls = /\p{Cc}/u;

/** Scripts in which letters join or part by characters without width. */
const joiningScripts =
  /[\p{scx=Arab}\p{scx=Syrc}\p{scx=Mong}\p{scx=Nkoo}\p{scx=Deva}\p{scx=Beng}\p{scx=Guru}\p{scx=Gujr}\p{scx=Orya}\p{scx=Taml}\p{scx=Telu}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}\p{scx=Tibt}\p{scx=Mymr}\p{scx=Khmr}]/u;
/** Scripts that write no spaces; the break between words is marked by a space without width. */
const unspacedScripts = /[\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}\p{scx=Tibt}]/u;
const rightToLeft = /[\p{scx=Hebr}\p{scx=Arab}\p{scx=Syrc}\p{scx=Thaa}\p{scx=Nkoo}\p{scx=Adlm}]/u;
const emojiPart = /\uFE0F|[\p{Extended_Pictographic}\p{Emoji_Modifier}]/u;
/** The flags of England, Scotland, Wales and the like: a black flag and its region in tags. */
const flag = /\u{1F3F4}[\u{E0030}-\u{E0039}\u{E0061}-\u{E007A}]{3,6}\u{E007F}/gu;

/** Bits can be written in characters without width: eight in a row are a letter, and no text needs two. */
const longRun = /(?:\u034F|[\u00AD\u115F\u1160\u180E\u200B-\u200F\u2060-\u206F\u3164\uFEFF\uFFA0]){8}/u;
const manySelectors = 8;

type Kind = 'tag characters' | 'direction overrides' | 'variation selectors' | 'characters without width';

export function withoutInvisible(document: ParsedDocument): ParsedDocument {
  const found = new Map<Kind, number>();
  const count = (kind: Kind) => found.set(kind, (found.get(kind) ?? 0) + 1);
  const hasLongRun = longRun.test(document.text);
  const { text, blocks } = cleanBody(document, count);
  const clean = (value: string) => cleanPiece(value, count).normalize('NFC').trim();
  const title = clean(document.title);
  const warning = warningOf(found, hasLongRun);
  return {
    ...document,
    title: title === '' ? document.title.replace(everyInvisible, '_') : title,
    text,
    blocks,
    properties: cleanProperties(document.properties, clean),
    warnings: warning === null ? document.warnings : [...document.warnings, warning],
  };
}

function cleanProperties(properties: DocumentProperties, clean: (value: string) => string): DocumentProperties {
  return Object.fromEntries(
    Object.entries(properties)
      .map(([name, value]) => [name, typeof value === 'string' ? clean(value) : value])
      .filter(([, value]) => value !== ''),
  );
}

interface Body {
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** Piece by piece between the edges of blocks, so that every offset is known in the new text. */
function cleanBody({ text, blocks }: Body, count: (kind: Kind) => void): Body {
  if (!invisible.test(text)) return { text, blocks };
  const edges = new Set([0, text.length]);
  for (const { start, end, headerEnd } of blocks) {
    edges.add(start).add(end);
    if (headerEnd !== null) edges.add(headerEnd);
  }
  const moved = new Map<number, number>();
  const sorted = [...edges].sort((a, b) => a - b);
  let result = '';
  for (const [index, edge] of sorted.entries()) {
    moved.set(edge, result.length);
    const piece = cleanPiece(text.slice(edge, sorted[index + 1] ?? edge), count).normalize('NFC');
    // What a mark stood on has gone, or lies in the piece before: it would melt into that.
    result += piece.replace(/^\p{M}+/u, (marks) => (isComposed(result.slice(-melting) + marks) ? marks : ''));
  }
  const at = (offset: number) => moved.get(offset) ?? 0;
  return { text: result, blocks: blocks.flatMap((block) => moveBlock(block, at, result)) };
}

/** More characters than compose into one. */
const melting = 8;

function isComposed(text: string): boolean {
  return text.normalize('NFC') === text;
}

/** Nothing where nothing is left. */
function moveBlock(block: Block, at: (offset: number) => number, text: string): readonly Block[] {
  const slice = text.slice(at(block.start), at(block.end));
  if (slice.trim() === '') return [];
  const title =
    block.title === null
      ? null
      : cleanPiece(block.title, () => undefined)
          .normalize('NFC')
          .trim();
  if (title === '')
    return [{ ...block, kind: 'paragraph', level: null, title: null, start: at(block.start), end: at(block.end) }];
  const headerEnd = block.headerEnd === null ? null : at(block.headerEnd);
  return [{ ...block, title, start: at(block.start), end: at(block.end), headerEnd }];
}

function cleanPiece(piece: string, count: (kind: Kind) => void): string {
  if (!invisible.test(piece)) return piece;
  const flags = new Set<number>();
  for (const match of piece.matchAll(flag)) {
    for (let at = match.index; at < match.index + match[0].length; at++) flags.add(at);
  }
  const isRightToLeft = rightToLeft.test(piece);
  return piece.replace(everyInvisible, (character, at: number) => {
    if (flags.has(at) || isNeeded(character, piece, at, isRightToLeft)) return character;
    if (tags.test(character)) count('tag characters');
    else if (overrides.test(character)) count('direction overrides');
    else if (selectors.test(character)) count('variation selectors');
    else if (!direction.test(character) && !controls.test(character)) count('characters without width');
    return '';
  });
}

function isNeeded(character: string, piece: string, at: number, isRightToLeft: boolean): boolean {
  const before = characterBefore(piece, at);
  const after = String.fromCodePoint(piece.codePointAt(at + character.length) ?? 0x20);
  switch (character) {
    case '\u200C':
      return joiningScripts.test(before) && joiningScripts.test(after);
    case '\u200D':
      if (emojiPart.test(before)) return /\p{Extended_Pictographic}/u.test(after);
      return joiningScripts.test(before) || joiningScripts.test(after);
    case '\u200B':
      return unspacedScripts.test(before) && unspacedScripts.test(after);
    case '\u034F':
      return /\p{M}/u.test(before) && /\p{M}/u.test(after);
    case '\uFE0E':
    case '\uFE0F':
      return /[\p{Emoji}\p{Extended_Pictographic}]/u.test(before);
    // Parts of old Hangul syllables and Khmer vowels are letters.
    case '\u115F':
    case '\u1160':
      return /[\u1100-\u11FF]/u.test(after) || /[\u1100-\u11FF]/u.test(before);
    case '\u17B4':
    case '\u17B5':
      return true;
  }
  if (overrides.test(character)) return false;
  if (direction.test(character)) return isRightToLeft;
  // One after the letter or sign that it varies.
  if (selectors.test(character)) return /[\p{scx=Han}\p{scx=Mong}\p{scx=Mymr}\p{scx=Phag}\p{Sm}]/u.test(before);
  return false;
}

function characterBefore(text: string, at: number): string {
  const low = text.charCodeAt(at - 1);
  const isPair = low >= 0xdc00 && low <= 0xdfff;
  return at === 0 ? ' ' : text.slice(at - (isPair ? 2 : 1), at);
}

function warningOf(found: ReadonlyMap<Kind, number>, hasLongRun: boolean): Warning | null {
  const number = (kind: Kind) => found.get(kind) ?? 0;
  const isSuspicious =
    number('tag characters') > 0 ||
    number('direction overrides') > 0 ||
    number('variation selectors') >= manySelectors ||
    (hasLongRun && number('characters without width') > 0);
  if (!isSuspicious) return null;
  const count = [...found.values()].reduce((sum, some) => sum + some, 0);
  const kinds = [...found].map(([kind, some]) => `${some} ${kind}`).join(', ');
  return {
    code: 'invisible-characters',
    count,
    message: `The text held characters that nobody sees and that can hide words or turn them around (${kinds}): taken out.`,
  };
}
