/** What finds one kind of personal data in a text. */
import type { PersonalDataKind } from '../../core/personal-data.ts';

export interface Detection {
  readonly kind: PersonalDataKind | 'secret';
  /** Half-open, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

/** Detections may overlap those of others; within one detector they do not. */
export type Detector = (text: string) => readonly Detection[] | Promise<readonly Detection[]>;

export function detectionsOf(kind: Detection['kind'], text: string, pattern: RegExp): readonly Detection[] {
  return [...text.matchAll(pattern)].map(({ index, 0: found }) => ({ kind, start: index, end: index + found.length }));
}

/** The words before a place, in lower case: what tells a number of one kind from one of another. */
export function cueBefore(text: string, start: number, length = 40): string {
  return text.slice(Math.max(0, start - length), start).toLowerCase();
}

/** What numbers are called that are none of a person's. */
const otherNumber =
  /(?:\b(?:cost cent(?:re|er)|account|chapter|room|page|kostenstelle|konto|order|invoice|ticket|case|tracking|serial|part|item|article|batch|lot|ref(?:erence)?|build|version|revision|issue|isbn|issn|imei|ean|gtin|upc|doi|sku|vat|job|asset|licen[cs]e|contract|policy|po|id|auftrag|bestell|rechnung|liefer|artikel|serien|vorgangs?|kunden|vertrags?|chargen?|steuer|commande|facture|colis|dossier|référence|série|pedido|factura|ordine|fattura|zamówienia?|bestelling|factuur)(?:s?(?:-?\s?(?:no|nr|num|number|nummer|code|numéro|id))?\.?)?|\bn[°º]|#)\s*(?::|=|is|ist|est)?\s*#?$/u;

export function isOtherNumber(text: string, start: number): boolean {
  return otherNumber.test(cueBefore(text, start));
}
