/** EPUB: the chapters in reading order, each through the HTML loader. */
import type { ParsedDocument, Warning } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { type OpenArchive, openArchive } from './archive.ts';
import { readHtml } from './html.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { dublinCore } from './office-package.ts';
import { parsedDocument } from './parsed-document.ts';
import { TextBuilder } from './text-builder.ts';
import { joinWarnings } from './warnings.ts';
import { attribute, childAt, childrenNamed, descendants, parseXml, type XmlElement } from './xml-tree.ts';

export const epubLoader: Loader = { name: 'epub', mediaTypes: ['application/epub+zip'], load: loadEpub };

async function loadEpub(input: LoaderInput): Promise<ParsedDocument> {
  const { bytes, fileName, limits, mediaType } = input;
  const archive = await openArchive(bytes, fileName, limits);
  const container = await archive.readText('META-INF/container.xml');
  const rootFile = container === null ? undefined : descendants(parseXml(container, fileName), 'rootfile')[0];
  const packagePath = rootFile === undefined ? undefined : attribute(rootFile, 'full-path');
  const source = packagePath === undefined ? null : await archive.readText(packagePath);
  const book = source === null ? undefined : childAt(parseXml(source, fileName), 'package');
  const manifest = book === undefined ? undefined : childAt(book, 'manifest');
  const spine = book === undefined ? undefined : childAt(book, 'spine');
  if (packagePath === undefined || book === undefined || manifest === undefined || spine === undefined) {
    throw new PerseaError('document-damaged', `Parsed ${fileName}: the list of its chapters is missing. Save it anew.`);
  }
  const folder = packagePath.slice(0, packagePath.lastIndexOf('/') + 1);
  await refuseLocked(archive, fileName);
  const contents = contentsPages(book);
  const items = new Map(childrenNamed(manifest, 'item').map((item) => [attribute(item, 'id') ?? '', item]));
  const builder = new TextBuilder();
  const warnings: Warning[] = [];
  for (const reference of childrenNamed(spine, 'itemref')) {
    const item = items.get(attribute(reference, 'idref') ?? '');
    const href = item === undefined ? undefined : attribute(item, 'href');
    // The navigation document lists the chapters' titles, which the chapters have themselves.
    const isNavigation =
      item !== undefined &&
      (/\bnav\b/.test(attribute(item, 'properties') ?? '') || contents.has(attribute(item, 'href') ?? ''));
    const isText = item !== undefined && /html/.test(attribute(item, 'media-type') ?? 'html');
    if (href === undefined || isNavigation || !isText) continue;
    const chapter = await archive.readText(partName(folder, href));
    if (chapter === null) continue;
    const page = readHtml(chapter, { isWhole: true });
    builder.append(page.builder);
    warnings.push(...page.warnings);
  }
  const metadata = childAt(book, 'metadata');
  const { title, properties } = metadata === undefined ? { title: null, properties: {} } : dublinCore(metadata);
  return parsedDocument({
    title: title ?? builder.blocks.find((block) => block.kind === 'heading')?.title ?? fileName,
    mediaType,
    body: builder,
    properties,
    warnings: joinWarnings(warnings),
  });
}

/** Pages that the older guide of a book calls its table of contents. */
function contentsPages(book: XmlElement): ReadonlySet<string> {
  const guide = childAt(book, 'guide');
  const references = guide === undefined ? [] : childrenNamed(guide, 'reference');
  const isContents = (reference: XmlElement) => attribute(reference, 'type') === 'toc';
  return new Set(references.filter(isContents).map((one) => (attribute(one, 'href') ?? '').split('#', 1)[0] ?? ''));
}

/** Fonts may be scrambled in an open book; chapters are only where a licence is needed to read it. */
async function refuseLocked(archive: OpenArchive, fileName: string): Promise<void> {
  const source = await archive.readText('META-INF/encryption.xml');
  if (source === null) return;
  const references = descendants(parseXml(source, fileName), 'CipherReference');
  if (!references.some((reference) => /\.x?html?$/i.test(attribute(reference, 'URI') ?? ''))) return;
  throw new PerseaError(
    'document-encrypted',
    `Opened ${fileName}: it is a book with copy protection. Use a copy without it.`,
  );
}

function partName(folder: string, href: string): string {
  let path = `${folder}${href.split('#', 1)[0] ?? ''}`;
  try {
    path = decodeURIComponent(path);
  } catch {
    // A stray percent sign: the name is taken as it stands.
  }
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
