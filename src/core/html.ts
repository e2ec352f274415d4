/** Markup in which every value is text: what a document or a question says can never become markup. */

export class Html {
  readonly markup: string;

  /** Only `html` makes one, from literals of this program. */
  constructor(markup: string) {
    this.markup = markup;
  }
}

type HtmlContent = Html | string | number | readonly Html[];

// Direction marks could make one text read as another; the control characters have no place in HTML at all.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly what must not reach the page.
const unprintable = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;
const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function html(literals: TemplateStringsArray, ...values: readonly HtmlContent[]): Html {
  const markup = literals.reduce((text, literal, index) => text + contentOf(values[index - 1] ?? '') + literal);
  return new Html(markup);
}

function contentOf(value: HtmlContent): string {
  if (value instanceof Html) return value.markup;
  if (typeof value === 'object') return value.map(({ markup }) => markup).join('');
  return escapeHtml(String(value));
}

function escapeHtml(text: string): string {
  return text.replace(unprintable, '').replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
