/**
 * Keys and passwords in a parsed document, found by the rules of secretlint. Their place and kind are told, never their value;
 * `mask` puts asterisks in their place before anything is stored, `quarantine` refuses the document.
 */
import type { Block, DocumentProperties, ParsedDocument } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import type { LoaderSettings } from './loader.ts';

/**
 * What every finding of a rule contains; a text without any of it is not searched further, which is nearly every text. A test
 * holds this against the rules.
 */
const hint =
  /(?:A3T[A-Z0-9]|AKIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ASIA)[A-Z0-9]{16}|secret_?access_?key|PRIVATE KEY|private_key|xox[bpaor]-|xapp-|hooks\.slack\.com|:\/\/[^\s/:@]{1,256}:[^\s/@]{1,256}@|\bsk-(?:ant|proj|svcacct|admin|[a-zA-Z0-9]{20})|gsk_|hf_[a-zA-Z]{34}|lin_api_|ntn_\d|npm_\w{36}|_authToken=|SG\.\w+\.\w|shp(?:pa|ca|at|ss)_|[sr]k_(?:live|test)_|gh[pousr]_[A-Za-z0-9]|github_pat_|glpat-|glc_|glsa_|ops_ey|hv[sbr]\.[A-Za-z0-9_-]{90}|vc[piark]_[A-Za-z0-9]{20}|dapi[A-Fa-f0-9]{32}|dckr_pat_|figd_|cf(?:k|ut|at)_[A-Za-z0-9]{40}|tskey-/i;

/** What the rules call by their makers' names. */
const kinds: Readonly<Record<string, string>> = {
  '1password': '1Password token',
  anthropic: 'Anthropic key',
  aws: 'AWS key',
  basicauth: 'password in an address',
  cloudflare: 'Cloudflare token',
  'database-connection-string': 'password of a database',
  databricks: 'Databricks token',
  docker: 'Docker token',
  figma: 'Figma token',
  github: 'GitHub token',
  gitlab: 'GitLab token',
  grafana: 'Grafana token',
  groq: 'Groq key',
  'hashicorp-vault': 'Vault token',
  huggingface: 'Hugging Face token',
  linear: 'Linear key',
  notion: 'Notion token',
  npm: 'npm token',
  openai: 'OpenAI key',
  privatekey: 'private key',
  sendgrid: 'SendGrid key',
  shopify: 'Shopify key',
  slack: 'Slack token',
  stripe: 'Stripe key',
  tailscale: 'Tailscale key',
  vercel: 'Vercel token',
};
const rulePrefix = '@secretlint/secretlint-rule-';
/**
 * With `filter-comments` a document could declare its own secrets to be none; `gcp` takes a whole file for one, whose key
 * `privatekey` finds.
 */
const leftOut: ReadonlySet<string> = new Set([`${rulePrefix}filter-comments`, `${rulePrefix}gcp`]);
/** The rule for AWS's secrets tells where the name before the value begins, with the length of the value. */
const awsName = /^.{0,30}?key["']?\s{0,5}(?:=>|:|=)\s{0,5}["']?/is;

interface Finding {
  readonly start: number;
  readonly end: number;
  readonly kind: string;
}

export async function withoutSecrets(
  document: ParsedDocument,
  fileName: string,
  mode: LoaderSettings['secrets'],
): Promise<ParsedDocument> {
  const facts = factsOf(document);
  const inText = hint.test(document.text) ? await findSecrets(document.text) : [];
  const inFacts = hint.test(facts) ? await findSecrets(facts) : [];
  if (inText.length + inFacts.length === 0) return document;
  const count = inText.length + inFacts.length;
  const places = describe(document, inText, inFacts);
  if (mode === 'quarantine') {
    throw new PerseaError(
      'secret-found',
      `Read ${fileName}: it holds ${places}. Take it out of the document, and change it where it opens something.`,
      { details: { count } },
    );
  }
  const done = mode === 'mask' ? 'Asterisks stand in its place in what Persea keeps. ' : '';
  const message = `It holds ${places}. ${done}Change it where it opens something: whoever may read the document can use it.`;
  const masked = mode === 'mask' ? mask(document, inText, maskedFacts(facts, inFacts)) : document;
  return { ...masked, warnings: [...document.warnings, { code: 'secret-found', count, message }] };
}

async function findSecrets(text: string): Promise<readonly Finding[]> {
  const [{ lintSource }, { rules }] = await Promise.all([
    import('@secretlint/core'),
    import('@secretlint/secretlint-rule-preset-recommend'),
  ]);
  const { messages } = await lintSource({
    source: { filePath: 'document.txt', ext: '.txt', content: text, contentType: 'text' },
    options: {
      config: {
        rules: rules.filter((rule) => !leftOut.has(rule.meta.id)).map((rule) => ({ id: rule.meta.id, rule })),
      },
      maskSecrets: true,
      noPhysicFilePath: true,
    },
  });
  const findings: Finding[] = [];
  for (const { range, ruleId, messageId } of messages.toSorted((a, b) => a.range[0] - b.range[0])) {
    const last = findings.at(-1);
    const [start, end] = range;
    const before =
      messageId === 'AWSSecretAccessKey' ? (awsName.exec(text.slice(start, end + 40))?.[0].length ?? 0) : 0;
    const name = ruleId.replace(rulePrefix, '');
    const finding = { start: start + before, end: end + before, kind: kinds[name] ?? `${name} key` };
    // Two rules may know the same key.
    if (last !== undefined && finding.start < last.end) {
      findings[findings.length - 1] = { ...last, end: Math.max(last.end, finding.end) };
    } else findings.push(finding);
  }
  return findings;
}

const namedPlaces = 5;

function describe(document: ParsedDocument, inText: readonly Finding[], inFacts: readonly Finding[]): string {
  const { text, blocks } = document;
  let line = 1;
  let from = 0;
  const named = inText.slice(0, namedPlaces).map(({ start, kind }) => {
    for (let at = text.indexOf('\n', from); at !== -1 && at < start; at = text.indexOf('\n', from)) {
      line += 1;
      from = at + 1;
    }
    const page = blocks.find((block) => block.start <= start && start < block.end)?.page ?? null;
    return `${kind} (line ${line} of its text${page === null ? '' : `, page ${page}`})`;
  });
  for (const { kind } of inFacts.slice(0, namedPlaces - named.length)) named.push(`${kind} (title or properties)`);
  const more = inText.length + inFacts.length - named.length;
  return `what looks like a secret: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Letters and digits, so that lines and cells stay; offsets do too. */
function starred(text: string, findings: readonly Finding[]): string {
  let result = '';
  let from = 0;
  for (const { start, end } of findings) {
    result += text.slice(from, start) + text.slice(start, end).replace(/[^\s|]/g, '*');
    from = end;
  }
  return result + text.slice(from);
}

const separator = '\n';

/** Everything that is kept beside the text, one piece a line. */
function factsOf({ title, properties, blocks, frontMatter, attachments }: ParsedDocument): string {
  const titles = blocks.map((block) => block.title).filter((text) => text !== null);
  const names = attachments.map(({ name }) => name);
  const pieces = [title, ...Object.values(properties), ...titles, ...names, ...stringsIn(frontMatter)];
  return pieces.map((piece) => String(piece).replaceAll(separator, ' ')).join(separator);
}

function maskedFacts(facts: string, findings: readonly Finding[]): ReadonlyMap<string, string> {
  const masked = starred(facts, findings).split(separator);
  return new Map(facts.split(separator).map((piece, index) => [piece, masked[index] ?? '']));
}

function mask(
  document: ParsedDocument,
  inText: readonly Finding[],
  facts: ReadonlyMap<string, string>,
): ParsedDocument {
  const replaced = (value: string) => facts.get(value.replaceAll(separator, ' ')) ?? value;
  const blocks: readonly Block[] = document.blocks.map((block) =>
    block.title === null ? block : { ...block, title: replaced(block.title) },
  );
  const properties: DocumentProperties = Object.fromEntries(
    Object.entries(document.properties).map(([name, value]) => [name, replaced(String(value))]),
  );
  return {
    ...document,
    title: replaced(document.title),
    text: starred(document.text, inText),
    blocks,
    properties,
    frontMatter:
      document.frontMatter === null
        ? null
        : (deepReplaced(document.frontMatter, replaced) as ParsedDocument['frontMatter']),
    attachments: document.attachments.map((attachment) => ({ ...attachment, name: replaced(attachment.name) })),
  };
}

const maxDepth = 20;

function stringsIn(value: unknown, depth = 0): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null || depth > maxDepth) return [];
  return Object.values(value).flatMap((inner) => stringsIn(inner, depth + 1));
}

function deepReplaced(value: unknown, replaced: (text: string) => string, depth = 0): unknown {
  if (typeof value === 'string') return replaced(value);
  if (typeof value !== 'object' || value === null || value instanceof Date || depth > maxDepth) return value;
  if (Array.isArray(value)) return value.map((inner) => deepReplaced(inner, replaced, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, deepReplaced(inner, replaced, depth + 1)]),
  );
}
