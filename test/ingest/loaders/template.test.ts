import { describe, expect, it } from 'vitest';
import { loadDocument } from '../../../ingest/loaders/registry.ts';
import { bytesOf, testLimits } from '../../support/loader-files.ts';

const load = (content: string, fileName: string) => loadDocument({ bytes: bytesOf(content), fileName }, testLimits);

const page = `---
title: Pull requests
access: { anyOf: [dev] }
---
# <%= current_page.data.title %>
<%# not for readers %>
Ask *two* people.<% if wide %> Or three.<% end %>

- one <%= link_to 'x' %>
- two
`;

describe('a page made from a template', () => {
  it('is what its name says the template makes, without tags, with what it prints of its front matter', async () => {
    const document = await load(page, 'pull-requests.html.md.erb');
    expect(document.mediaType).toBe('text/markdown');
    expect(document.title).toBe('Pull requests');
    expect(document.frontMatter).toMatchObject({ access: { anyOf: ['dev'] } });
    expect(document.text).toBe('# Pull requests\n\nAsk *two* people. Or three.\n\n- one \n- two');
    expect(document.blocks.map(({ kind }) => kind)).toEqual(['heading', 'paragraph', 'list']);
  });

  it.each([
    ['a.md.njk', '{% set x = 1 %}Leave is {# long #}{{ weeks }} weeks{{{ raw }}}.'],
    ['a.md.ejs', 'Leave is <%- include("x") %> weeks.'],
    ['a.html.liquid', '<p>Leave is {{ x | y }} weeks.</p>'],
  ])('%s loses the tags of its language', async (fileName, source) => {
    expect((await load(source, fileName)).text.replace(/\s+/g, ' ')).toBe('Leave is weeks.');
  });

  it('keeps tags of other languages, tags without an end, and files whose name says no more', async () => {
    expect((await load('Use {{ secrets.KEY }}.', 'a.md')).text).toBe('Use {{ secrets.KEY }}.');
    expect((await load('Use {{ key }}.', 'a.md.erb')).text).toBe('Use {{ key }}.');
    expect((await load('50 <% of all', 'a.md.erb')).text).toBe('50 <% of all');
    expect((await load('Hello <%= name %>', 'mail.erb')).text).toBe('Hello <%= name %>');
  });

  it('is read in time however many tags are never closed', async () => {
    const text = '<%'.repeat(200_000);
    expect((await load(text, 'a.txt.erb')).text).toBe(text);
  });

  it('is refused like any other where its front matter speaks of access and cannot be read', async () => {
    await expect(load('---\naccess: [\n---\n# A', 'a.md.erb')).rejects.toMatchObject({ code: 'front-matter-invalid' });
  });
});

it('a text that begins with front matter is Markdown, since it may state rights', async () => {
  const document = await load('---\naccess: { anyOf: [hr] }\n---\nPay is 5.', 'pay.txt');
  expect([document.mediaType, document.text]).toEqual(['text/markdown', 'Pay is 5.']);
  expect(document.frontMatter).toEqual({ access: { anyOf: ['hr'] } });
  expect((await load('---\nNot so.\n---\nPay is 5.', 'pay.txt')).mediaType).toBe('text/plain');
});
