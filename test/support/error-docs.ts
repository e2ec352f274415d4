/** docs/errors.md as the table of codes would have it. Run this file to write it: `npm run docs:errors`. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { errorCodes, httpStatusByKind } from '../../src/core/error-codes.ts';

export const errorDocsPath = fileURLToPath(new URL('../../docs/errors.md', import.meta.url));

export function renderErrorDocs(): string {
  const rows = Object.entries(errorCodes).map(
    ([code, { kind, meaning, remedy, isRetryable }]) =>
      `| \`${code}\` | ${kind} (${httpStatusByKind[kind]}) | ${isRetryable ? 'yes' : 'no'} | ${cell(meaning)} | ${cell(remedy)} |`,
  );
  return `# Error codes

Every error has a code, a kind and a message that says what was attempted, on what, what was found and what to do. The kind
decides the HTTP status. On the command line an error ends with status 1, or with 2 where the usage or the configuration is
wrong; with \`--json\` it is printed as \`{"error": {"code", "message", "details"}}\`. Over HTTP it is a problem document
(RFC 9457) with \`code\` and \`traceId\`. A document that you may not see is reported exactly as one that does not exist.

This page is made from the table in \`src/core/error-codes.ts\` by \`npm run docs:errors\`; a test compares the two.

| code | kind (HTTP status) | may pass by itself | meaning | what to do |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(errorDocsPath, renderErrorDocs());
