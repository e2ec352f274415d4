/** Keys and passwords in a text, found by the rules of secretlint: their place and kind, never their value. */

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

export interface SecretFinding {
  readonly start: number;
  readonly end: number;
  readonly kind: string;
}

/** In text order, none within another. */
export async function findSecrets(text: string): Promise<readonly SecretFinding[]> {
  if (!hint.test(text)) return [];
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
  const findings: SecretFinding[] = [];
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
