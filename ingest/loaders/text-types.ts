/** What kind of text a text file is: by its name's ending where that is telling, else by how it begins. */

const sourceExtensions =
  'adb ads asm awk bas bash bat bicep c cc cfg clj cljs cmake cmd conf cpp cr cs css cxx d dart diff dpr env erl ex exs f90 fs fsx ' +
  'gd go gql gradle graphql groovy h hcl hh hpp hs hxx ini java jl js jsx kt kts less lhs lisp lua m mjs cjs ml mli mm mts cts nim nix ' +
  'pas patch php pl pm pp properties proto ps1 psm1 py pyi r rb rs sass scala scm scss sh sql styl svelte swift tcl tf tfvars ' +
  'toml ts tsx v vala vb vbs vhd vhdl vue yaml yml zig zsh';

const types: readonly (readonly [extensions: string, mediaType: string])[] = [
  ['md markdown mdown mkd mdx qmd rmd', 'text/markdown'],
  ['rst rest', 'text/x-rst'],
  ['adoc asciidoc asc', 'text/asciidoc'],
  ['org', 'text/org'],
  ['html htm xhtml', 'text/html'],
  ['csv', 'text/csv'],
  ['tsv tab', 'text/tab-separated-values'],
  ['eml emlx', 'message/rfc822'],
  ['mht mhtml', 'multipart/related'],
  ['ics ical ifb', 'text/calendar'],
  ['mbox', 'application/mbox'],
  ['svg', 'image/svg+xml'],
  ['rtf', 'application/rtf'],
  ['xml xsd xsl xslt rss atom dita ditamap docbook dbk opml wsdl kml gpx resx', 'application/xml'],
  ['json geojson webmanifest', 'application/json'],
  ['jsonl ndjson', 'application/x-ndjson'],
  ['ipynb', 'application/x-ipynb+json'],
  ['vtt', 'text/vtt'],
  ['srt', 'application/x-subrip'],
  [sourceExtensions, 'text/x-source'],
];

export const textTypeByExtension: Readonly<Record<string, string>> = Object.fromEntries(
  types.flatMap(([extensions, mediaType]) => extensions.split(' ').map((extension) => [extension, mediaType])),
);

/** `head` is the beginning of the text, without white space before it. */
export function textTypeOf(head: string, extension: string, fileName: string): string {
  const named = Object.hasOwn(textTypeByExtension, extension) ? textTypeByExtension[extension] : undefined;
  if (named === 'application/xml' && isHtml(head)) return 'text/html';
  if (named !== undefined) return named;
  if (/^(?:dockerfile|makefile|jenkinsfile|vagrantfile|gemfile|rakefile|procfile)$/i.test(fileName))
    return 'text/x-source';
  if (isHtml(head)) return 'text/html';
  if (/^(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->)[\s\S])*-->\s*)*(?:<!doctype\s+svg|<svg[\s>])/i.test(head))
    return 'image/svg+xml';
  if (head.startsWith('<?xml')) return 'application/xml';
  if (/^WEBVTT(?:\s|$)/.test(head)) return 'text/vtt';
  if (/^BEGIN:VCALENDAR\b/i.test(head)) return 'text/calendar';
  if (/^snapshot-content-location:/im.test(head.split(/\r?\n\r?\n/, 1)[0] ?? '')) return 'multipart/related';
  if (isMailbox(head)) return 'application/mbox';
  if (isMail(head)) return 'message/rfc822';
  if (/^#!\s*\/\S*(?:sh|python\d?|node|perl|ruby|env)\b/.test(head)) return 'text/x-source';
  // It may state rights, so it must be read as what it is.
  if (frontMatter.test(head)) return 'text/markdown';
  return 'text/plain';
}

/** Closed, with a key in its first line. */
const frontMatter = /^---[^\S\n]*\r?\n[A-Za-z_][\w-]*:(?:[^\S\n][^\n]*)?\r?\n(?:[^\n]*\n)*?---[^\S\n]*\r?\n/;

function isHtml(head: string): boolean {
  return /^(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->)[\s\S])*-->\s*)*(?:<!doctype\s+html|<html[\s>])/i.test(head);
}

/** A line of the mailbox format, and the headers of a message behind it. */
function isMailbox(head: string): boolean {
  return /^From \S+.*\d{4}[^\n]*\n>?[A-Za-z-]+:/.test(head);
}

/** Header lines, and among them one that only a mail system writes. */
function isMail(head: string): boolean {
  const headers = head.split(/\r?\n\r?\n/, 1)[0] ?? '';
  return (
    /^[A-Za-z-]+:[^\S\n]/.test(headers) &&
    /^(?:message-id|received|mime-version):/im.test(headers) &&
    /^from:/im.test(headers)
  );
}
