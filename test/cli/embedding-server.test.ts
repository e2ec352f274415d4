/** An embedding server that is connected with headers and parameters, and that fails while questions are asked. */
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { startEmbeddingServer } from '../support/embedding-server.ts';
import { runCommand } from '../support/command-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const secret = 'sk-very-secret';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('gets what the configuration names, and the operator is told once why it did not answer', async () => {
  vi.stubEnv('EMBEDDING_TEST_TEAM', 'search');
  const server = await startEmbeddingServer();
  const folder = await temporaryFolder({
    'persea.yaml': `
sources: [{ name: docs, path: docs, label: { anyOf: [staff], classification: public } }]
embedding:
  provider: openai-compatible
  model: m
  baseUrl: ${server.baseUrl}
  zone: private
  dimensions: 64
  apiKeyFile: key
  headers: { x-team: { env: EMBEDDING_TEST_TEAM } }
  query: { api-version: "1" }
`,
    'access.yaml': 'groups: { staff: { tags: [staff] } }\nprincipals: { bob: { groups: [staff] } }\n',
    key: secret,
    'docs/leave.md': '# Leave\n\nParental leave is 26 weeks at full pay.\n',
  });
  const config = ['--config', join(folder, 'persea.yaml')];
  expect(await runCommand(['ingest', ...config])).toMatchObject({ status: 0 });
  expect(server.requests.at(-1)).toMatchObject({
    path: '/v1/embeddings?api-version=1',
    authorization: `Bearer ${secret}`,
    headers: { 'x-team': 'search' },
  });
  server.intercept = (_request, response) => {
    response.writeHead(401).end(`no: ${secret}`);
    return true;
  };
  const { stdout, stderr } = await runCommand(['ask', 'How long is parental leave?', '--as', 'bob', ...config]);
  await server.close();
  expect(stdout + stderr).not.toContain(secret);
  expect(
    stderr.match(
      /it does not know the key in the file .*key or the environment variable EMBEDDING_TEST_TEAM\. .* by keywords meanwhile/g,
    ),
  ).toHaveLength(1);
});
