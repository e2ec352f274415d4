/** What is attached to PDF pages and documents: comments, form fields, links, embedded files, scripts. */
import type { Attachment } from '../../src/core/document.ts';
import type { PdfDocument, PdfPage } from './pdf-open.ts';

export interface PageNotes {
  readonly comments: readonly string[];
  /** Form fields with a value that the page itself does not draw. */
  readonly fields: readonly string[];
  readonly attachments: readonly Attachment[];
  /** Scripts, and links that start a program or lead to another file. */
  readonly actions: number;
}

export const noNotes: PageNotes = { comments: [], fields: [], attachments: [], actions: 0 };

/** Kinds of annotation whose text the page draws, or that repeat the text of another. */
const drawn: ReadonlySet<unknown> = new Set(['Link', 'Widget', 'Popup', 'FileAttachment']);
const maxNotesOfPage = 1_000;

export async function notesOf(page: PdfPage): Promise<PageNotes> {
  const comments: string[] = [];
  const fields: string[] = [];
  const attachments: Attachment[] = [];
  let actions = 0;
  for (const annotation of (await page.getAnnotations()).slice(0, maxNotesOfPage)) {
    const { subtype } = annotation;
    const text = stringOf(annotation.contentsObj).trim();
    const isDrawn = drawn.has(subtype) || (subtype === 'FreeText' && annotation.hasAppearance === true);
    if (text !== '' && !isDrawn) comments.push(`Comment${by(annotation)}: ${text}`);
    if (subtype === 'Widget' && annotation.hasAppearance !== true) {
      const field = fieldText(annotation);
      if (field !== null) fields.push(field);
    }
    if (subtype === 'FileAttachment') attachments.push(...attachmentOf(annotation.file));
    actions += countScripts(annotation.actions) + (leadsElsewhere(annotation) ? 1 : 0);
  }
  return { comments, fields, attachments, actions };
}

export async function documentNotes(document: PdfDocument): Promise<Pick<PageNotes, 'attachments' | 'actions'>> {
  // What is broken among these takes nothing from the text.
  const embedded = (await document.getAttachments().catch(() => null)) ?? {};
  const scripts = await document.getJSActions().catch(() => null);
  return { attachments: Object.values(embedded).flatMap(attachmentOf), actions: countScripts(scripts) };
}

function by(annotation: Readonly<Record<string, unknown>>): string {
  const date = /^D:(\d{4})(\d{2})(\d{2})/.exec(String(annotation.modificationDate ?? annotation.creationDate));
  const day = date === null ? '' : date.slice(1, 4).join('-');
  const parts = [stringOf(annotation.titleObj).trim(), day].filter((part) => part !== '');
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function fieldText(annotation: Readonly<Record<string, unknown>>): string | null {
  const { fieldValue, fieldName, alternativeText, fieldType, password } = annotation;
  if (password === true || fieldType === 'Sig') return null;
  const values = (Array.isArray(fieldValue) ? (fieldValue as readonly unknown[]) : [fieldValue]).filter(
    (value) => typeof value === 'string' && value.trim() !== '' && value !== 'Off',
  );
  if (values.length === 0) return null;
  const label = [alternativeText, fieldName].find((name) => typeof name === 'string' && name.trim() !== '');
  return label === undefined ? values.join(', ') : `${String(label)}: ${values.join(', ')}`;
}

function attachmentOf(file: unknown): readonly Attachment[] {
  if (typeof file !== 'object' || file === null) return [];
  const content: unknown = Reflect.get(file, 'content');
  const name: unknown = Reflect.get(file, 'filename');
  if (!(content instanceof Uint8Array) || content.length === 0) return [];
  return [{ name: typeof name === 'string' ? name : '', mediaType: 'application/octet-stream', bytes: content }];
}

/** Addresses of the web are no danger, and their text stays. */
function leadsElsewhere(annotation: Readonly<Record<string, unknown>>): boolean {
  const address = annotation.unsafeUrl;
  return typeof address === 'string' && !/^(?:https?|mailto|tel|ftp):/i.test(address) && !address.startsWith('#');
}

function countScripts(actions: unknown): number {
  return typeof actions === 'object' && actions !== null ? Object.values(actions).flat().length : 0;
}

function stringOf(value: unknown): string {
  const text: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'str') : null;
  return typeof text === 'string' ? text : '';
}
