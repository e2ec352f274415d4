import { expect, it } from 'vitest';
import { PerseaError } from '../../src/core/errors.ts';
import { errorOf, problemOf } from '../../src/http/problem.ts';

it.each([
  new PerseaError('model-failed', 'The model "main" at 10.0.0.7:8080 answered 500.'),
  new PerseaError('model-key-missing', 'The file /run/secrets/main with its key cannot be read.'),
  new PerseaError('store-failed', 'Opened /srv/persea/catalog.db: it is damaged.'),
  new PerseaError('disk-full', 'The catalogue /srv/persea/catalog.db could not be written: the disk is full.'),
  new PerseaError('store-busy', 'The catalogue /srv/persea/catalog.db stayed locked by another process.'),
  new PerseaError('model-unavailable', 'There are no files in /srv/persea/models.'),
  new PerseaError('prompt-invalid', 'The prompt template answer.v2.md in /srv/persea/prompts is not a regular file.'),
  new PerseaError('format-invalid', 'The context format a.js cannot be used: there is no /srv/persea/formats/b.js.'),
  new PerseaError('unknown-prompt', 'The prompt "house 3" does not exist; there are: answer 1, house 2.'),
  new PerseaError('config-invalid', 'The tokenizer /srv/persea/tokenizer.json of a model could not be read.'),
  errorOf(new Error('connect /srv/persea/x.sock'), 1),
])('names nothing of the installation to who asks: %s', (error) => {
  const { detail, code, traceId } = problemOf(error, 'trace_1');
  expect([detail, code, traceId]).toEqual([
    "What happened stands in the server's log under this traceId.",
    error.code,
    'trace_1',
  ]);
});

it('says what is wrong with the request', () => {
  const error = new PerseaError('request-invalid', 'The question is empty.');
  expect(problemOf(error, 'trace_1')).toMatchObject({ detail: 'The question is empty.', status: 400 });
});
