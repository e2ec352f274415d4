/** What the Office Open XML formats share: parts that name each other by relationships, properties, and active content. */
import type { Attachment, DocumentProperties, Warning } from '../../src/core/document.ts';
import type { OpenArchive } from './archive.ts';
import { asDate, asText } from './front-matter.ts';
import { attribute, childAt, childrenNamed, elementsOf, parseXml, textOf, type XmlElement } from './xml-tree.ts';

export interface Relationship {
  /** Last segment of its type's address, such as `slide` or `notesSlide`. */
  readonly type: string;
  /** Name of the entry; the address as it is for what lies outside the package. */
  readonly target: string;
  readonly isExternal: boolean;
}

export async function relationshipsOf(
  archive: OpenArchive,
  part: string,
  fileName: string,
): Promise<ReadonlyMap<string, Relationship>> {
  const slash = part.lastIndexOf('/') + 1;
  const source = await archive.readText(`${part.slice(0, slash)}_rels/${part.slice(slash)}.rels`);
  const relationships = new Map<string, Relationship>();
  if (source === null) return relationships;
  const root = parseXml(source, fileName);
  for (const element of elementsOf(childAt(root, 'Relationships') ?? root)) {
    const id = attribute(element, 'Id');
    const target = attribute(element, 'Target');
    if (id === undefined || target === undefined) continue;
    const isExternal = attribute(element, 'TargetMode') === 'External';
    relationships.set(id, {
      type: (attribute(element, 'Type') ?? '').split('/').at(-1) ?? '',
      target: isExternal ? target : resolvePart(part.slice(0, slash), target),
      isExternal,
    });
  }
  return relationships;
}

/** The main part of a package, by its root relationships; `fallback` where they do not tell. */
export async function mainPart(archive: OpenArchive, fileName: string, fallback: string): Promise<string> {
  const root = await relationshipsOf(archive, '', fileName);
  const target = [...root.values()].find((relationship) => relationship.type === 'officeDocument')?.target;
  return target !== undefined && archive.names.has(target) ? target : fallback;
}

function resolvePart(folder: string, target: string): string {
  const parts: string[] = [];
  for (const part of (target.startsWith('/') ? target : `${folder}${target}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

export interface PackageProperties {
  readonly title: string | null;
  readonly properties: DocumentProperties;
}

export async function packageProperties(archive: OpenArchive, fileName: string): Promise<PackageProperties> {
  const source = await archive.readText('docProps/core.xml');
  if (source === null) return { title: null, properties: {} };
  const root = parseXml(source, fileName);
  return dublinCore(childAt(root, 'coreProperties') ?? root);
}

/** The elements that office documents and e-books describe themselves with. */
export function dublinCore(element: XmlElement): PackageProperties {
  const value = (...names: readonly string[]): string | null => {
    for (const name of names) {
      const text = asText(
        childrenNamed(element, name)
          .map(textOf)
          .find((candidate) => candidate.trim() !== ''),
      );
      if (text !== null) return text;
    }
    return null;
  };
  const author = value('creator', 'initial-creator', 'lastModifiedBy');
  const date = asDate(value('modified', 'date', 'created', 'creation-date'));
  const language = value('language');
  return {
    title: value('title'),
    properties: {
      ...(author === null ? {} : { author }),
      ...(date === null ? {} : { date }),
      ...(language === null ? {} : { language }),
    },
  };
}

const macros = /(?:^|\/)vbaProject\.bin$|^Basic\/|^Scripts\//;
const objects = /(?:^|\/)(?:embeddings\/[^/]+|activeX\/[^/]+\.bin|ObjectReplacements\/[^/]+)$/;

export interface PackageContent {
  /** Whole documents and files that lie in the package. */
  readonly attachments: readonly Attachment[];
  /** What is never run, opened or fetched: counted, so that the document's owner knows. */
  readonly warnings: readonly Warning[];
}

/** What lies in a package beside the document itself. */
export async function packageContent(archive: OpenArchive, fileName: string): Promise<PackageContent> {
  const behindCharts = await workbooksOfCharts(archive, fileName);
  const embedded = [...archive.names].filter((name) => objects.test(name) && !behindCharts.has(name));
  const attachments: Attachment[] = [];
  for (const name of embedded) {
    const attachment = await attachmentOf(archive, name);
    if (attachment !== null) attachments.push(attachment);
  }
  const counts = [
    {
      code: 'macros-dropped',
      what: 'macro project',
      count: [...archive.names].filter((name) => macros.test(name)).length,
    },
    { code: 'embedded-objects-dropped', what: 'embedded object', count: embedded.length - attachments.length },
    { code: 'external-links-dropped', what: 'link to another file', count: await externalParts(archive) },
  ];
  const warnings = counts
    .filter(({ count }) => count > 0)
    .map(({ code, what, count }) => ({
      code,
      count,
      message: `${fileName} holds ${count} ${count === 1 ? what : plural(what)}, left out.`,
    }));
  return { attachments, warnings };
}

function plural(what: string): string {
  return what.startsWith('link') ? what.replace('link', 'links') : `${what}s`;
}

/** Pictures, templates and data that other programs would fetch. A hyperlink is only followed by whoever clicks it. */
async function externalParts(archive: OpenArchive): Promise<number> {
  let count = 0;
  for (const name of archive.names) {
    if (!name.endsWith('.rels')) continue;
    const source = (await archive.readText(name)) ?? '';
    for (const [element] of source.matchAll(/<(?:\w+:)?Relationship\s[^>]*>/g)) {
      if (/TargetMode\s*=\s*["']External/.test(element) && !/\/hyperlink["']/.test(element)) count += 1;
    }
  }
  return count;
}

const attachmentTypes: Readonly<Record<string, string>> = {
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  odt: 'application/vnd.oasis.opendocument.text',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
  odp: 'application/vnd.oasis.opendocument.presentation',
  pdf: 'application/pdf',
};

/** The numbers of a chart lie in the chart itself; the workbook behind it holds them again. */
async function workbooksOfCharts(archive: OpenArchive, fileName: string): Promise<ReadonlySet<string>> {
  const workbooks = new Set<string>();
  for (const name of archive.names) {
    const [, folder, chart] = /^(.*\/charts\/)_rels\/([^/]+)\.rels$/.exec(name) ?? [];
    if (chart === undefined) continue;
    for (const { target } of (await relationshipsOf(archive, `${folder}${chart}`, fileName)).values()) {
      workbooks.add(target);
    }
  }
  return workbooks;
}

async function attachmentOf(archive: OpenArchive, part: string): Promise<Attachment | null> {
  const [, base = '', extension = ''] = /([^/]*?)\.(\w+)$/.exec(part) ?? [];
  const mediaType = attachmentTypes[extension.toLowerCase()];
  const isContainer = extension.toLowerCase() === 'bin' && !part.includes('activeX/');
  const bytes = mediaType !== undefined || isContainer ? await archive.read(part) : null;
  if (bytes === null) return null;
  if (mediaType !== undefined) return { name: `${base}.${extension}`, mediaType, bytes };
  const file = (await import('./ole-object.ts')).embeddedFile(bytes);
  if (file === null) return null;
  const isPdf = Buffer.from(file.bytes.subarray(0, 5)).equals(Buffer.from('%PDF-'));
  return {
    name: file.name ?? (isPdf ? `${base}.pdf` : base),
    mediaType: isPdf ? 'application/pdf' : 'application/octet-stream',
    bytes: file.bytes,
  };
}

/** `hidden-content-dropped`, or nothing where nothing was hidden. */
export function hiddenWarning(fileName: string, what: string, count: number): readonly Warning[] {
  if (count === 0) return [];
  return [{ code: 'hidden-content-dropped', count, message: `${fileName} has ${count} hidden ${what}, left out.` }];
}

/** `deleted-text-dropped`, or nothing where no reviewer deleted anything. */
export function deletedWarning(fileName: string, count: number): readonly Warning[] {
  if (count === 0) return [];
  const message = `${fileName} has ${count} passages that a reviewer deleted, left out.`;
  return [{ code: 'deleted-text-dropped', count, message }];
}
