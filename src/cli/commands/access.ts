/** `persea access`: who may see what, and what another policy would change. */
import { counted } from '../../core/counts.ts';
import { resolve } from 'node:path';
import { diffPolicies, type PrincipalChange } from '../../access/diff.ts';
import { explainAccess as explain } from '../../access/explain.ts';
import { loadAccessPolicy } from '../../access/policy.ts';
import { systemScope } from '../../access/scope.ts';
import { type CommandContext, withApp } from '../context.ts';
import type { Output } from '../output.ts';
import { alignedTable, printableName } from '../text.ts';
import { documentAt, labelText, listedDocuments } from './docs.ts';

const scope = systemScope('persea access');

export async function explainAccess(
  context: CommandContext,
  options: { readonly as: string; readonly uri: string },
): Promise<undefined> {
  const { output } = context;
  const explanation = await withApp(context, async (app) => {
    const principal = app.principal(options.as);
    return explain(principal, (await documentAt(app, scope, options.uri)).label);
  });
  output.result(explanation, () =>
    alignedTable([
      ['visible', explanation.visible ? output.paint('green', 'yes') : output.paint('red', 'no')],
      ['label', labelText(explanation.label)],
      ['held', explanation.held.join(', ')],
      ['reason', explanation.reason],
    ]),
  );
  return undefined;
}

export async function diffAccess(context: CommandContext, file: string): Promise<undefined> {
  const { output } = context;
  const next = loadAccessPolicy({ path: resolve(file), isRequired: true });
  const changes = await withApp(context, async (app) =>
    diffPolicies(app.policy(), next, await listedDocuments(app, scope)),
  );
  output.result({ changes }, () =>
    changes.length === 0
      ? 'Nobody gains or loses a document.'
      : changes.map((change) => renderChange(change, output)).join('\n'),
  );
  return undefined;
}

function renderChange({ principal, change, gains, loses }: PrincipalChange, output: Output): string {
  const what = change === 'changed' ? '' : ` (${change})`;
  const title = `${output.paint('bold', principal)}${what}: gains ${counted(gains.length, 'document')}, loses ${loses.length}`;
  return [
    title,
    ...gains.map((uri) => output.paint('green', `  + ${printableName(uri)}`)),
    ...loses.map((uri) => output.paint('red', `  - ${printableName(uri)}`)),
  ].join('\n');
}
