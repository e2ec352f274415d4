/** The text of a Word paragraph as its reader sees it, and what hangs on it: boxes, notes, comments, charts. */
import { type DocxStyle, type DocxStyles, plainStyle, toggle, valueAt } from './docx-styles.ts';
import { mathText } from './office-math.ts';
import { attribute, childAt, elementsOf, prefixedAttribute, textOf, type XmlElement } from './xml-tree.ts';

export type NoteKind = 'footnote' | 'endnote';

/** What lies in another part of the package, by the id of its relationship. */
export interface RelatedPart {
  readonly type: 'chart' | 'diagram' | 'chunk';
  readonly id: string;
}

export interface ParagraphText {
  readonly text: string;
  /** Contents of text boxes that are anchored here. */
  readonly boxes: readonly XmlElement[];
  readonly notes: readonly { readonly kind: NoteKind; readonly id: string }[];
  /** Ids of comments whose passage ends here. */
  readonly comments: readonly string[];
  readonly related: readonly RelatedPart[];
}

interface Found {
  readonly boxes: XmlElement[];
  readonly notes: { readonly kind: NoteKind; readonly id: string }[];
  readonly comments: string[];
  readonly related: RelatedPart[];
}

/** Half-points; smaller type cannot be read. */
const minTypeSize = 4;

/** Fields may reach over paragraphs, so one reader reads a whole part. */
export class DocxText {
  /** Passages that were left out because they are hidden, or deleted by a reviewer. */
  hidden = 0;
  deleted = 0;
  /** Passages in white or in tiny type, which are kept. */
  faint = 0;
  readonly #styles: DocxStyles;
  /** Of the fields that are open, whether their instruction or their result is being read. */
  #fields: ('instruction' | 'result')[] = [];
  #found: Found = { boxes: [], notes: [], comments: [], related: [] };
  #paragraphStyle: DocxStyle = plainStyle;
  #isOnPaper = true;

  constructor(styles: DocxStyles) {
    this.#styles = styles;
  }

  of(element: XmlElement, style: DocxStyle = plainStyle): ParagraphText {
    this.#found = { boxes: [], notes: [], comments: [], related: [] };
    this.#paragraphStyle = style;
    const text = this.#inline(element);
    // No instruction is longer than a paragraph; one that is not ended would swallow the rest of the document.
    this.#fields = this.#fields.filter((state) => state === 'result');
    return { text, ...this.#found };
  }

  /** Cells and boxes may have a colour of their own, on which white is no hidden text. */
  onOtherGround<Result>(read: () => Result): Result {
    const before = this.#isOnPaper;
    this.#isOnPaper = false;
    const result = read();
    this.#isOnPaper = before;
    return result;
  }

  #all(element: XmlElement): string {
    let text = '';
    for (const child of element.children) if (typeof child !== 'string') text += this.#inline(child);
    return text;
  }

  #inline(element: XmlElement): string {
    switch (element.name) {
      case 'r':
        return this.#run(element);
      case 't':
        return this.#fields.includes('instruction') ? '' : textOf(element);
      case 'tab':
      case 'ptab':
        return '\t';
      case 'br':
        return /^(?:page|column)$/.test(attribute(element, 'type') ?? '') ? '' : '\n';
      case 'cr':
        return '\n';
      case 'noBreakHyphen':
        return '-';
      case 'sym':
        return symbol(attribute(element, 'char') ?? '');
      case 'fldChar':
        return this.#field(element);
      case 'footnoteReference':
      case 'endnoteReference':
        this.#found.notes.push({
          kind: element.name === 'footnoteReference' ? 'footnote' : 'endnote',
          id: attribute(element, 'id') ?? '',
        });
        return '';
      case 'commentReference':
        this.#found.comments.push(attribute(element, 'id') ?? '');
        return '';
      case 'del':
      case 'moveFrom':
        this.deleted += 1;
        return '';
      case 'oMath':
      case 'oMathPara':
        return mathText(element);
      case 'sdt':
        return this.#control(element);
      case 'drawing':
      case 'pict':
      case 'object':
        return this.#drawing(element);
      case 'AlternateContent': {
        const choice = elementsOf(element)[0];
        return choice === undefined ? '' : this.#all(choice);
      }
      // Properties, the reading aid above East Asian text, and what a field or a reviewer took away.
      case 'pPr':
      case 'rPr':
      case 'rt':
      case 'delText':
      case 'instrText':
      case 'delInstrText':
        return '';
      default:
        return this.#all(element);
    }
  }

  #run(element: XmlElement): string {
    const properties = childAt(element, 'rPr');
    if (properties === undefined) {
      if (!this.#paragraphStyle.isHidden) return this.#all(element);
      this.hidden += 1;
      return '';
    }
    const id = valueAt(properties, 'rStyle');
    const style = id === undefined ? plainStyle : this.#styles.of(id);
    const isHidden = toggle(properties, 'vanish') ?? (style.isHidden || this.#paragraphStyle.isHidden);
    if (isHidden) {
      this.hidden += 1;
      return '';
    }
    const text = this.#all(element);
    if (text.trim() !== '' && isFaint(properties, this.#isOnPaper)) this.faint += 1;
    return text;
  }

  #field(element: XmlElement): string {
    switch (attribute(element, 'fldCharType')) {
      case 'begin': {
        this.#fields.push('instruction');
        const box = childAt(element, 'ffData', 'checkBox');
        if (box === undefined) return '';
        return checkBox(toggle(box, 'checked') ?? toggle(box, 'default') ?? false);
      }
      case 'separate':
        if (this.#fields.length > 0) this.#fields[this.#fields.length - 1] = 'result';
        return '';
      default:
        this.#fields.pop();
        return '';
    }
  }

  /** A content control: a box to tick, or a text, or the hint that stands where none was entered. */
  #control(element: XmlElement): string {
    const properties = childAt(element, 'sdtPr');
    const box = properties === undefined ? undefined : childAt(properties, 'checkbox');
    if (box !== undefined) return checkBox(toggle(box, 'checked') ?? false);
    const isHint = properties !== undefined && toggle(properties, 'showingPlcHdr') === true;
    const content = childAt(element, 'sdtContent');
    return isHint || content === undefined ? '' : this.#all(content);
  }

  #drawing(element: XmlElement): string {
    let alternative = '';
    const walk = (parent: XmlElement) => {
      for (const child of elementsOf(parent)) {
        if (child.name === 'txbxContent') this.#found.boxes.push(child);
        else if (child.name === 'chart') {
          this.#found.related.push({ type: 'chart', id: prefixedAttribute(child, 'id') ?? '' });
        } else if (child.name === 'relIds') {
          this.#found.related.push({ type: 'diagram', id: prefixedAttribute(child, 'dm') ?? '' });
        } else if (child.name === 'AlternateContent') {
          const choice = elementsOf(child)[0];
          if (choice !== undefined) walk(choice);
        } else {
          if (child.name === 'docPr') alternative ||= pictureText(attribute(child, 'descr') ?? '');
          walk(child);
        }
      }
    };
    walk(element);
    return this.#found.boxes.length > 0 ? '' : alternative;
  }
}

/** Without the file names and notices that programs put there on their own. */
function pictureText(description: string): string {
  const text = description.replace(
    /\s*(?:AI-generated content may be incorrect|Description automatically generated).*$/is,
    '',
  );
  return /^\S*\.\w{3,4}$|[\\/]\S+\.\w{3,4}$/.test(text.trim()) ? '' : text.trim();
}

function checkBox(isChecked: boolean): string {
  return isChecked ? '[x]' : '[ ]';
}

/** White on a ground that nobody coloured, or too small to read. */
function isFaint(properties: XmlElement, isOnPaper: boolean): boolean {
  const size = Number(valueAt(properties, 'sz') ?? 20);
  if (size <= minTypeSize) return true;
  const isWhite = /^ffffff$/i.test(valueAt(properties, 'color') ?? '');
  return (
    isOnPaper && isWhite && childAt(properties, 'shd') === undefined && childAt(properties, 'highlight') === undefined
  );
}

/** Symbols of the fonts Symbol and Wingdings that carry meaning; the others decorate. */
const symbols: Readonly<Record<string, string>> = {
  A8: '☐',
  FC: '✓',
  FB: '✗',
  FD: '☒',
  FE: '☑',
  E0: '→',
  DF: '←',
  A3: '≤',
  B3: '≥',
  B0: '°',
  B1: '±',
  B4: '×',
  B9: '≠',
  BB: '≈',
};

function symbol(code: string): string {
  return symbols[code.toUpperCase().replace(/^F0/, '')] ?? '';
}
