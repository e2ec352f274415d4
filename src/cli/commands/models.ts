/** `persea models`: the files of embedding models on this machine, and the configured language models. */
import { type Config, loadConfig } from '../../config.ts';
import { systemClock } from '../../core/async.ts';
import { megabytes } from '../../core/counts.ts';
import { modelState } from '../../core/model-lifecycle.ts';
import { listModels as listModelFiles, verifyModel as verifyModelFiles } from '../../models/inventory.ts';
import { type Dtype, type ModelVariant, modelVariant } from '../../models/manifest.ts';
import { modelsFolder } from '../../models/models-folder.ts';
import { provisionModel } from '../../models/provision.ts';
import { type CommandContext, withInterrupt } from '../context.ts';
import { type ExitStatus, exitStatus } from '../exit-status.ts';
import { provisionProgress } from '../progress.ts';
import { alignedTable, printable } from '../text.ts';

export async function listModels(context: CommandContext): Promise<undefined> {
  const { output } = context;
  const config = configOf(context);
  const embeddingModels = await listModelFiles();
  const today = new Date(systemClock.now());
  const languageModels = config.models.map((model) => ({
    id: model.id,
    provider: model.provider,
    zone: model.zone,
    status: model.status,
    sunset: model.sunset ?? null,
    reviewBy: model.reviewBy ?? null,
    replacedBy: model.replacedBy ?? null,
    owner: model.owner ?? null,
    licence: model.licence ?? null,
    ...modelState(model, today),
    contextTokens: model.provider === 'extractive' ? null : model.contextTokens,
    baseUrl: model.provider === 'extractive' ? null : model.baseUrl,
    model: model.provider === 'extractive' ? null : model.model,
    route: config.route.includes(model.id) ? config.route.indexOf(model.id) + 1 : null,
  }));
  const { embedding } = config;
  const inUse =
    embedding.provider === 'none'
      ? { provider: embedding.provider, model: null, dtype: null, zone: null }
      : {
          provider: embedding.provider,
          model: embedding.model,
          dtype: embedding.provider === 'local' ? embedding.dtype : null,
          zone: embedding.provider === 'local' ? 'local' : embedding.zone,
        };
  const result = { folder: modelsFolder(), embedding: inUse, embeddingModels, languageModels };
  output.result(result, () => {
    const files = embeddingModels.map(({ name, dtype, dimensions, bytes, licence, isPresent }) => [
      name === inUse.model && dtype === inUse.dtype ? '*' : ' ',
      name,
      dtype,
      `${dimensions} dimensions`,
      megabytes(bytes),
      licence,
      isPresent ? 'present' : 'not fetched',
    ]);
    const language = languageModels.map((model) => [
      model.route === null ? ' ' : String(model.route),
      model.id,
      model.provider,
      `zone ${model.zone}`,
      datesOf(model),
      model.contextTokens === null ? '' : `${model.contextTokens} tokens of context`,
      [model.owner === null ? '' : `owner ${model.owner}`, model.licence ?? ''].filter(Boolean).join(', '),
    ]);
    const notes = languageModels.flatMap((model) => model.notes);
    const note =
      inUse.provider === 'local'
        ? '* in use'
        : inUse.model === null
          ? 'None in use: keywords only.'
          : `In use: ${inUse.model} from an address in the zone ${inUse.zone}.`;
    return [
      output.paint('bold', `Embedding models in ${result.folder}`),
      alignedTable(files),
      note,
      '',
      output.paint('bold', 'Language models, with their place in the route'),
      printable(alignedTable(language)),
      ...notes.map((text) => output.paint('yellow', text)),
    ].join('\n');
  });
  return undefined;
}

function datesOf({
  status,
  sunset,
  reviewBy,
  replacedBy,
}: Readonly<Record<'status', string> & Record<'sunset' | 'reviewBy' | 'replacedBy', string | null>>): string {
  return [
    status,
    ...(sunset === null ? [] : [`sunset ${sunset}`]),
    ...(reviewBy === null ? [] : [`review by ${reviewBy}`]),
    ...(replacedBy === null ? [] : [`replaced by ${replacedBy}`]),
  ].join(', ');
}

export async function pullModel(context: CommandContext, name: string | undefined): Promise<undefined> {
  const { output } = context;
  const config = configOf(context);
  const pulled = await withInterrupt(context, async (signal) => {
    const done = [];
    for (const variant of variantsNamed(name, config)) {
      const { mirrors } = config.modelFiles;
      const options = { mirrors, isRepair: true, onEvent: provisionProgress(output), signal };
      const { tokenizerPath, weightsPath } = await provisionModel(variant, options);
      done.push({ name: variant.model.name, dtype: variant.dtype, files: [tokenizerPath, weightsPath] });
    }
    return done;
  });
  output.result({ models: pulled }, () =>
    pulled.length === 0
      ? 'The configuration uses no local embedding model, so there is nothing to fetch; name one to fetch it.'
      : pulled
          .map((model) => `${model.name} ${model.dtype} is here and verified:\n  ${model.files.join('\n  ')}`)
          .join('\n'),
  );
  return undefined;
}

export async function verifyModel(context: CommandContext, name: string | undefined): Promise<ExitStatus> {
  const { output } = context;
  const config = configOf(context);
  const verdicts = await withInterrupt(context, (signal) =>
    Promise.all(variantsNamed(name, config).map((variant) => verifyModelFiles(variant, { signal }))),
  );
  output.result({ models: verdicts }, () => {
    if (verdicts.length === 0) return 'The configuration uses no local embedding model; name one to verify it.';
    return verdicts
      .flatMap((verdict) => [
        output.paint('bold', `${verdict.name} ${verdict.dtype}`),
        ...verdict.files.map(({ path, state, message }) => {
          const mark = output.paint(state === 'verified' ? 'green' : 'red', state.padEnd(8));
          return `  ${mark}  ${path}: ${message}`;
        }),
      ])
      .join('\n');
  });
  return verdicts.every((verdict) => verdict.isVerified) ? exitStatus.done : exitStatus.failed;
}

/** A name with a dtype behind a slash, a name alone for q8, or what the configuration uses. */
function variantsNamed(name: string | undefined, { embedding }: Config): readonly ModelVariant[] {
  if (name === undefined) {
    return embedding.provider === 'local' ? [modelVariant(embedding.model, embedding.dtype)] : [];
  }
  const [model = '', dtype] = name.split('/');
  // What no dtype is called is refused there, with the ones that exist.
  return [dtype === undefined ? modelVariant(model) : modelVariant(model, dtype as Dtype)];
}

function configOf({ configPath }: CommandContext): Config {
  return loadConfig(configPath === undefined ? {} : { path: configPath });
}
