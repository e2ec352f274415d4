/** What lies beside the running text of Office documents: charts with the numbers they show, and reviewers' comments. */
import type { OpenArchive } from './archive.ts';
import { relationshipsOf } from './office-package.ts';
import { pipeTable } from './pipe-table.ts';
import type { TextBuilder } from './text-builder.ts';
import {
  attribute,
  childAt,
  childrenNamed,
  descendants,
  elementsOf,
  parseXml,
  textOf,
  type XmlElement,
} from './xml-tree.ts';

/** Its numbers lie in a chart as they were when it was saved. */
export function addChart(builder: TextBuilder, chart: XmlElement, page: number | null): void {
  const title = descendants(chart, 'title')[0];
  const text = title === undefined ? '' : descendants(title, 't').map(textOf).join('');
  if (text.trim() !== '') builder.add('caption', text, { page });
  const series = descendants(chart, 'ser');
  const [first] = series;
  if (first === undefined) return;
  const categories = pointsOf(childAt(first, 'cat') ?? childAt(first, 'xVal'));
  const columns = series.map((one) => pointsOf(childAt(one, 'val') ?? childAt(one, 'yVal')));
  const names = series.map((one, index) => pointsOf(childAt(one, 'tx'))[0] ?? `Series ${index + 1}`);
  const length = Math.max(categories.length, ...columns.map((column) => column.length));
  const rows = Array.from({ length }, (_, row) => [
    categories[row] ?? '',
    ...columns.map((column) => column[row] ?? ''),
  ]);
  const table = pipeTable([['', ...names], ...rows], { hasHeader: true });
  builder.add('table', table.text, { page, headerLength: table.headerLength });
}

/** More points than a picture can show are a mistake of the file. */
const maxPoints = 10_000;

function pointsOf(element: XmlElement | undefined): readonly string[] {
  const values: string[] = [];
  for (const point of element === undefined ? [] : descendants(element, 'pt')) {
    const index = Number(attribute(point, 'idx') ?? values.length);
    if (index >= 0 && index < maxPoints) values[index] = descendants(point, 'v').map(textOf).join('');
  }
  return Array.from(values, (value) => value ?? '');
}

/** The texts of a diagram, each an item of a list. */
export function addDiagram(builder: TextBuilder, diagram: XmlElement, page: number | null): void {
  const items = descendants(diagram, 'p')
    .map(runText)
    .filter((text) => text.trim() !== '');
  builder.add('list', items.map((text) => `- ${text.replace(/\s+/g, ' ')}`).join('\n'), { page });
}

/** Text of a paragraph of a shape. */
export function runText(paragraph: XmlElement): string {
  return elementsOf(paragraph)
    .map((child) => {
      if (child.name === 'br') return '\n';
      // `fld` is a computed text, such as the date; `m` holds a formula.
      return /^(?:r|fld|m)$/.test(child.name) ? descendants(child, 't').map(textOf).join('') : '';
    })
    .join('');
}

/** Charts, and texts of shapes, of a drawing that lies over the cells of a sheet. */
export async function addDrawing(
  builder: TextBuilder,
  archive: OpenArchive,
  part: string,
  fileName: string,
  page: number,
): Promise<void> {
  const source = await archive.readText(part);
  if (source === null) return;
  const related = await relationshipsOf(archive, part, fileName);
  for (const body of descendants(parseXml(source, fileName), 'txBody')) {
    const lines = childrenNamed(body, 'p').map((line) => descendants(line, 't').map(textOf).join(''));
    builder.add('paragraph', lines.join('\n'), { page });
  }
  for (const { type, target, isExternal } of related.values()) {
    const chart = type === 'chart' && !isExternal ? await archive.readText(target) : null;
    if (chart !== null) addChart(builder, parseXml(chart, fileName), page);
  }
}

/** Comments on a sheet or slide, in the order of the file. */
export async function addComments(
  builder: TextBuilder,
  archive: OpenArchive,
  part: string,
  fileName: string,
  page: number,
): Promise<void> {
  const related = [...(await relationshipsOf(archive, part, fileName)).values()];
  const chosen = related.filter(({ type }) => type === 'comments' || type === 'threadedComment');
  const authors = chosen.length === 0 ? new Map<string, string>() : await commentAuthors(archive, fileName);
  for (const { target, isExternal } of chosen) {
    const source = isExternal ? null : await archive.readText(target);
    if (source === null) continue;
    const root = parseXml(source, fileName);
    for (const [index, author] of descendants(root, 'author').entries()) authors.set(String(index), textOf(author));
    for (const comment of descendants(root, 'threadedComment', 'comment', 'cm')) {
      for (const text of commentTexts(comment, authors)) builder.add('quote', text, { page });
    }
  }
}

/** People by the ids that comments name them with. */
async function commentAuthors(archive: OpenArchive, fileName: string): Promise<Map<string, string>> {
  const authors = new Map<string, string>();
  for (const name of archive.names) {
    if (!/(?:^|\/)(?:persons\/[^/]+|commentAuthors|authors)\.xml$/.test(name)) continue;
    for (const person of descendants(
      parseXml((await archive.readText(name)) ?? '', fileName),
      'person',
      'cmAuthor',
      'author',
    )) {
      const label = attribute(person, 'displayName') ?? attribute(person, 'name');
      const id = attribute(person, 'id');
      if (id !== undefined && label !== undefined) authors.set(id, label);
    }
  }
  return authors;
}

/** A comment and the replies to it: who, when, what. */
function commentTexts(comment: XmlElement, authors: ReadonlyMap<string, string>): readonly string[] {
  const replies = descendants(comment, 'reply').flatMap((reply) => commentTexts(reply, authors));
  const own = childAt(comment, 'text') ?? childAt(comment, 'txBody');
  const text = own === undefined ? '' : textOf(own).trim();
  const author = authors.get(attribute(comment, 'authorId') ?? attribute(comment, 'personId') ?? '');
  // A threaded comment's copy for older programs, which follows a notice of theirs.
  if (author?.startsWith('tc={') === true) return replies;
  const time = attribute(comment, 'created') ?? attribute(comment, 'dT') ?? attribute(comment, 'dt');
  const by = [author, time].filter((part) => part !== undefined).join(', ');
  return [...(text === '' ? [] : [`Comment${by === '' ? '' : ` (${by})`}: ${text}`]), ...replies];
}
