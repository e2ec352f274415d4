/** `persea keys`: API keys for the server. */
import { generateApiKey } from '../../access/api-key.ts';
import { systemScope } from '../../access/scope.ts';
import { PerseaError } from '../../core/errors.ts';
import { type CommandContext, withApp } from '../context.ts';
import { alignedTable, oneLine } from '../text.ts';

const scope = systemScope('persea keys');

export async function createKey(
  context: CommandContext,
  options: { readonly as: string; readonly name?: string },
): Promise<undefined> {
  const { key, hash } = generateApiKey();
  const record = await withApp(context, (app) => {
    const { id: principalId } = app.principal(options.as);
    return app.catalog.createApiKey({ principalId, name: options.name ?? '', hash });
  });
  const { id, principalId, name } = record;
  context.output.result({ id, key, principalId, name, createdAt: isoDate(record.createdAt) }, () => key);
  context.output.message(
    `Key ${id} stands for ${principalId}. It is shown only now: send it as \`Authorization: Bearer KEY\`.`,
  );
  return undefined;
}

export async function listKeys(context: CommandContext): Promise<undefined> {
  const { output } = context;
  const records = await withApp(context, (app) => app.catalog.apiKeys(scope));
  const keys = records.map(({ id, principalId, name, createdAt, revokedAt }) => ({
    id,
    principalId,
    name,
    createdAt: isoDate(createdAt),
    revokedAt: revokedAt === null ? null : isoDate(revokedAt),
  }));
  output.result({ keys }, () =>
    keys.length === 0
      ? 'There are no keys. Make one with `persea keys create --as ID`.'
      : alignedTable(
          keys.map(({ id, principalId, name, createdAt, revokedAt }) => [
            id,
            principalId,
            revokedAt === null ? 'valid' : 'revoked',
            createdAt.slice(0, 10),
            oneLine(name),
          ]),
        ),
  );
  return undefined;
}

export async function revokeKey(context: CommandContext, id: string): Promise<undefined> {
  const isRevoked = await withApp(context, (app) => app.catalog.revokeApiKey(id));
  if (!isRevoked) {
    throw new PerseaError(
      'key-absent',
      `Tried to revoke the key ${id}; there is no valid key of this id. See \`persea keys list\`.`,
    );
  }
  context.output.result({ id, revoked: true }, () => `Revoked ${id}; whoever sends it is refused from now on.`);
  return undefined;
}

function isoDate(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
