/** A web page saved with its pictures in one file (MHTML, RFC 2557): the page, read as HTML. */
import PostalMime from 'postal-mime';
import type { ParsedDocument, Warning } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { asDate, asText } from './front-matter.ts';
import { readHtml, webAddress } from './html.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { maxMimeNesting } from './mail.ts';
import { parsedDocument } from './parsed-document.ts';

export const mhtmlLoader: Loader = { name: 'mhtml', mediaTypes: ['multipart/related'], load: loadMhtml };

async function loadMhtml(input: LoaderInput): Promise<ParsedDocument> {
  const { bytes, fileName, mediaType } = input;
  const mail = await PostalMime.parse(bytes, { maxNestingDepth: maxMimeNesting }).catch((cause: unknown) => {
    throw new PerseaError('document-damaged', `Parsed ${fileName} as a saved web page: its parts are broken.`, {
      cause,
    });
  });
  if (mail.html === undefined) {
    throw new PerseaError('document-damaged', `Parsed ${fileName} as a saved web page: it holds no page.`);
  }
  const page = readHtml(mail.html);
  const header = (name: string) => mail.headers.find(({ key }) => key === name)?.value;
  const url = webAddress(header('snapshot-content-location') ?? header('content-location'));
  const date = asDate(mail.date);
  const { length } = mail.attachments;
  const dropped: readonly Warning[] =
    length === 0
      ? []
      : [
          {
            code: 'inline-images-dropped',
            count: length,
            message: `${length} pictures and other parts of the page: left out.`,
          },
        ];
  return parsedDocument({
    title: page.title ?? asText(mail.subject) ?? fileName,
    mediaType,
    body: page.builder,
    properties: { ...(date === null ? {} : { date }), ...(url === null ? {} : { url }), ...page.properties },
    warnings: [...page.warnings, ...dropped],
  });
}
