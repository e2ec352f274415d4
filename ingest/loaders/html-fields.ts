/** What stands in the fields of a form becomes text where they stand, as a reader sees it. */
import type { PageDocument, PageElement } from './html-dom.ts';

export function writeOutFields(document: PageDocument): void {
  for (const field of document.querySelectorAll('input,select,textarea')) field.replaceWith(textOf(field));
}

function textOf(field: PageElement): string {
  if (field.tagName === 'TEXTAREA') return field.textContent ?? '';
  if (field.tagName === 'SELECT') {
    const option = field.querySelector('option[selected]') ?? field.querySelector('option');
    return option?.textContent ?? '';
  }
  const type = (field.getAttribute('type') ?? 'text').toLowerCase();
  if (type === 'checkbox' || type === 'radio') return field.getAttribute('checked') === null ? '[ ] ' : '[x] ';
  return field.getAttribute('value') ?? '';
}
