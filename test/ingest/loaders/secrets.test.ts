import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import { describe, expect, it } from 'vitest';
import { defaultLoaderSettings, type LoaderSettings } from '../../../ingest/loaders/loader.ts';
import { loadDocument } from '../../../ingest/loaders/registry.ts';
import { bytesOf, testLimits } from '../../support/loader-files.ts';

const load = (source: string, secrets: LoaderSettings['secrets'] = 'report', fileName = 'a.md') =>
  loadDocument({ bytes: bytesOf(source), fileName }, testLimits, { ...defaultLoaderSettings, secrets });

/** Letters and digits without meaning, the same each time. */
function letters(length: number, alphabet = 'kQ7fWm2Zt9RbXc4Lh8VnYp3Js6Gd5'): string {
  let state = length;
  return Array.from({ length }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return alphabet[state % alphabet.length];
  }).join('');
}
const digits = (length: number) => letters(length, '1234567890');
const hex = (length: number) => letters(length, '0123456789abcdef');
const pem = (kind: string) => `-----BEGIN ${kind}-----\nMII${letters(200)}\n-----END ${kind}-----`;
const onePassword = () => {
  const userAuth = { method: 'SRPg-4096', alg: 'PBES2g-HS256', iterations: 100_000, salt: letters(23) };
  const facts = JSON.stringify({ email: 'a@b.c', srpX: hex(64), secretKey: `A3-${letters(30)}`, userAuth });
  return `ops_${Buffer.from(facts).toString('base64')}`;
};

/** Put together here, so that no file holds what looks like a key. */
const examples: Readonly<Record<string, string>> = {
  '1password': onePassword(),
  anthropic: `sk-ant-api03-${letters(93)}AA`,
  aws: `AWS_SECRET_ACCESS_KEY=${letters(40)}`,
  basicauth: `https://ada:${letters(12)}@wiki.ravenholt.net/`,
  cloudflare: `cfut_${letters(40)}${hex(8)}`,
  'database-connection-string': `postgres://ada:${letters(12)}@db.ravenholt.net/wiki`,
  databricks: `dapi${hex(32)}`,
  docker: `dckr_pat_${letters(27)}`,
  figma: `figd_${letters(40)}`,
  github: `ghp_${letters(36)}`,
  gitlab: `glpat-${letters(20)}`,
  grafana: `glsa_${letters(32)}_${hex(8)}`,
  groq: `gsk_${letters(52)}`,
  'hashicorp-vault': `hvs.${letters(95)}`,
  huggingface: `hf_${letters(34, 'kQfWmZtRbXcLhVnYpJsGd')}`,
  linear: `lin_api_${letters(40)}`,
  npm: `npm_${letters(36)}`,
  notion: `ntn_${digits(11)}${letters(35)}`,
  openai: `sk-${letters(20)}T3BlbkFJ${letters(20)}`,
  privatekey: pem('RSA PRIVATE KEY'),
  sendgrid: `SG.${letters(22)}.${letters(43)}`,
  shopify: `shpat_${letters(32)}`,
  slack: `xoxb-${digits(12)}-${digits(13)}-${letters(24)}`,
  stripe: `sk_live_${letters(24)}`,
  tailscale: `tskey-api-${letters(16)}-${letters(32)}`,
  vercel: `vcp_${letters(24)}`,
};

describe('secrets', () => {
  it.each(Object.entries(examples))('are found: %s', async (_, secret) => {
    const document = await load(`# Notes\n\nUse this: ${secret}\n\nand nothing else.\n`, 'mask');
    expect(document.warnings).toMatchObject([{ code: 'secret-found', count: 1 }]);
    for (const line of secret.split('\n').filter((part) => !part.startsWith('---')))
      expect(document.text).not.toContain(line.slice(-20));
    expect(document.text.startsWith('# Notes\n\nUse this: ')).toBe(true);
    expect(document.text.endsWith('\n\nand nothing else.')).toBe(true);
  });

  it('of every rule are tried here, but for keys that are whole files and the rule by which a text excuses itself', () => {
    const names = rules.map((rule) => rule.meta.id.replace('@secretlint/secretlint-rule-', ''));
    expect(names.filter((name) => !Object.hasOwn(examples, name)).sort()).toEqual(['filter-comments', 'gcp']);
  });

  it('are told by kind and place, never by value', async () => {
    const slack = examples.slack ?? '';
    const document = await load(`# Notes\n\n<!-- secretlint-disable -->\n\nfirst ${slack}\n\nthen ${examples.github}`);
    expect(document.text).toContain(slack);
    const [warning] = document.warnings;
    expect(warning).toMatchObject({ code: 'secret-found', count: 2 });
    expect(warning?.message).toContain('Slack token (line 5 of its text), GitHub token (line 7 of its text)');
    expect(JSON.stringify(warning)).not.toContain(slack.slice(0, 12));
  });

  it('are masked wherever they are kept, at the same length', async () => {
    const secret = examples.github ?? '';
    const source = `---\ntitle: Key ${secret}\nauthor: ${secret}\nnested: { deep: [${secret}] }\n---\n# Key ${secret}\n\n| A | B |\n| - | - |\n| ${secret} | 2 |\n`;
    const plain = await load(source);
    const masked = await load(source, 'mask');
    expect(JSON.stringify(masked)).not.toContain(secret);
    expect(masked.text).toBe(plain.text.replaceAll(secret, '*'.repeat(secret.length)));
    expect(masked.blocks.map(({ start, end, headerEnd }) => [start, end, headerEnd])).toEqual(
      plain.blocks.map(({ start, end, headerEnd }) => [start, end, headerEnd]),
    );
  });

  it('are masked in attachments and their names', async () => {
    const secret = examples.github ?? '';
    const mail = `From: a@example.com\nSubject: ${secret}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nHi\n--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename="${secret}.txt"\n\nToken ${secret}\n--b--\n`;
    const document = await load(mail, 'mask', 'a.eml');
    expect(document.title).toBe('*'.repeat(secret.length));
    const [attachment] = document.attachments;
    expect(attachment?.name).toBe(`${'*'.repeat(secret.length)}.txt`);
    const child = await load(new TextDecoder().decode(attachment?.bytes), 'mask', 'a.txt');
    expect(child.text).toBe(`Token ${'*'.repeat(secret.length)}`);
  });

  it('keep a document out if that is wanted', async () => {
    const secret = examples.slack ?? '';
    const failure = await load(`Use ${secret}.`, 'quarantine').catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ code: 'secret-found', details: { count: 1 } });
    expect(String(failure)).toContain('Slack token (line 1 of its text)');
    expect(String(failure)).not.toContain(secret.slice(0, 12));
  });

  it('hidden behind characters without width are found too', async () => {
    const secret = examples.github ?? '';
    const document = await load(`Use ${secret.slice(0, 9)}\u200B${secret.slice(9)}.`);
    expect(document.warnings.map(({ code }) => code)).toContain('secret-found');
  });

  it.each([
    'The password is never sent by mail.',
    'See https://user@example.com/path and https://example.com:8080/a@b.',
    'sk-learn, ghost_writer, AKIA, hf_model and SG.1 are no keys.',
    'Set AWS_SECRET_ACCESS_KEY in your environment.',
  ])('are not seen in %s', async (text) => {
    expect((await load(text, 'quarantine')).warnings).toEqual([]);
  });
});
