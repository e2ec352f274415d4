/** What a document, or its source, says of its own state. */
import type { DocumentProperties } from '../src/core/document.ts';

const noLongerInForce = /^(?:superseded|replaced|obsolete|withdrawn|expired)$/i;

/** Other states, such as `draft`, say nothing about whether it is still in force. */
export function statusNamed(state: string): Pick<DocumentProperties, 'status'> {
  return noLongerInForce.test(state) ? { status: 'superseded' } : {};
}

/** Another document as it is named, in the form that uris and titles have. */
export function documentNamed(name: string): string {
  return name.trim().normalize('NFC');
}
