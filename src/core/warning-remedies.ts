/** What to do about the warnings of an ingest; codes that are errors elsewhere have theirs in the table of errors. */
import { errorCodes } from './error-codes.ts';

const warningRemedies: Readonly<Record<string, string>> = {
  'active-content-dropped': 'Nothing; scripts and macros are never run.',
  'body-encrypted': 'Save the message decrypted, if its text is wanted.',
  'deleted-text-dropped': 'Nothing; accept or reject the changes in the document if the text is wanted.',
  'embedded-objects-dropped': 'Add the embedded files to the source if their text is wanted.',
  'embedding-egress': 'Nothing, or use an embedding model in a zone that the classification may reach.',
  'encoding-guessed': 'Look at the letters of the document, and save it as UTF-8.',
  'external-links-dropped': 'Add the linked files to the source if their text is wanted.',
  'front-matter-invalid': 'Correct the YAML at the start of the document.',
  'hidden-content-dropped': 'Look at the document if its hidden text was meant to be found.',
  'inline-images-dropped': 'Nothing; set ingest.ocr to true if pictures hold text that is wanted.',
  'invisible-characters': 'Ask where the document comes from: such characters can hide instructions from its readers.',
  'jobs-waiting': 'Run `persea ingest` again later; `persea jobs list` shows them.',
  'maintenance-failed': 'Run `persea doctor`.',
  'language-not-covered':
    'Connect a multilingual embedding model, if such documents are many; their words are found all the same.',
  'lines-skipped': 'Correct the lines named in the message.',
  'macros-dropped': 'Nothing; scripts and macros are never run.',
  'many-files-vanished':
    'Look at the source; if its files are meant to be gone, run `persea ingest --accept-deletions`.',
  'messages-skipped': 'Look at the mailbox, and save the broken messages anew.',
  'orders-to-models':
    'Look at that place, also for text in tiny or white letters, and ask where the document comes from; take it out if it was meant to steer answers.',
  'pages-unreadable': 'Save the document anew, and look at the pages named in the message.',
  'pages-without-text': 'Run text recognition over the document if these pages are scans.',
  'secret-found': 'Change the secret where it opens something, and take it out of the document.',
  'source-unlisted':
    'Remove its documents with `persea docs remove --source`, or name the source in persea.yaml again.',
  'structure-lost': 'Split the page, if its tables and lists matter.',
  'xml-broken': 'Correct the file; it was read as it is written.',
};

/** Undefined where there is nothing to say. */
export function remedyOf(code: string): string | undefined {
  if (Object.hasOwn(warningRemedies, code)) return warningRemedies[code];
  return Object.hasOwn(errorCodes, code) ? errorCodes[code as keyof typeof errorCodes].remedy : undefined;
}
