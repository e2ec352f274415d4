/** Format `markdown`: each item a heading and its text as a block quotation, which no line of the text can leave. */
import type { ContextFormat } from './format.ts';
import { bodyOf, sourceFacts, titleLine } from './parts.ts';

/** Whatever some reader takes for the end of a line. */
const lineBreaks = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/u;

export const renderMarkdown: ContextFormat = (items) =>
  items
    .map((item) => {
      const quoted = bodyOf(item)
        .split(lineBreaks)
        .map((line) => `> ${line}`.trimEnd());
      return `### [${item.marker}] ${titleLine(item)}\n${sourceFacts(item).join(', ')}\n\n${quoted.join('\n')}`;
    })
    .join('\n\n');
