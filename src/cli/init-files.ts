/** The files that `persea init` writes, with comments for whoever edits them. */
import type { Zone } from '../core/zones.ts';
import type { LlmOption } from './llm-option.ts';

export interface InitialSource {
  readonly name: string;
  /** As it shall stand in the file. */
  readonly path: string;
  readonly exclude: readonly string[];
  /** The lines over the source's own. */
  readonly isSample: boolean;
}

export const unknownModelName = 'name-of-the-model';
const maxNamedModels = 5;

/** Double-quoted YAML scalars are a superset of JSON strings. */
const quoted = (text: string) => JSON.stringify(text);
const list = (texts: readonly string[]) => `[${texts.map(quoted).join(', ')}]`;

export function configFile(source: InitialSource, llm: LlmOption | null): string {
  return `# Configuration of Persea. Every section is optional; what is left out has its default. Paths are relative to this
# file. Unknown keys are errors. For an editor that completes and checks it: persea config schema > persea.schema.json

dataDir: .persea            # catalogue, index, cache and keys; only for whoever may read every document

sources:
  - name: ${source.name}
    type: folder
    path: ${quoted(source.path)}
    include: ["**/*"]
    exclude: ${list(source.exclude)}
    # Who may see these documents: whoever holds one tag of anyOf and every tag of allOf. Each person of access.yaml
    # holds \`everyone\`. A document without any label is seen by nobody. The classification says how sensitive the
    # content is (public, internal or confidential) and decides which models it may reach, see egress below.
    label: { anyOf: [everyone], classification: internal }
    # The last rule that matches replaces the label above.
    # rules:
    #   - match: "hr/**"
    #     label: { anyOf: [hr], classification: confidential }
    frontMatter: narrow     # what \`access:\` in a document's front matter does: narrow, replace or ignore

access: ./access.yaml

embedding: { provider: local, model: bge-small-en-v1.5, dtype: q8 }   # { provider: none } works on keywords only

# Language models, asked in the order of the route. \`extractive\` needs no model: it quotes sentences as they stand.
models:
${llm === null ? exampleModel : ownModel(llm)}  - { id: extractive, provider: extractive, zone: local, status: active }
route: ${llm === null ? '[extractive]' : '[main, extractive]'}

${egress(llm?.zone ?? null)}
server: { host: 127.0.0.1, port: 4310 }
`;
}

const exampleModel = `  # - id: main
  #   provider: openai-compatible
  #   baseUrl: "http://127.0.0.1:11434/v1"
  #   model: ${unknownModelName}
  #   zone: local             # local: this host; private: your own network; external: a vendor
  #   contextTokens: 8192
`;

function ownModel({ baseUrl, zone, model, otherModels, apiKeyEnv }: LlmOption): string {
  const named = otherModels.slice(0, maxNamedModels);
  const rest = otherModels.length > named.length ? ', …' : '';
  const hint =
    model === null
      ? '   # the server could not be asked: put the name of its model here'
      : named.length === 0
        ? ''
        : `   # it also has ${named.map((name) => name.replace(/\s+/g, ' ')).join(', ')}${rest}`;
  const key =
    apiKeyEnv === null
      ? '    # apiKeyEnv: NAME_OF_A_VARIABLE   # the environment variable that holds the key, if the server wants one\n'
      : `    apiKeyEnv: ${apiKeyEnv}   # the environment variable that holds the key; never the key itself\n`;
  return `  - id: main
    provider: openai-compatible
    baseUrl: ${quoted(baseUrl)}
    model: ${quoted(model ?? unknownModelName)}${hint}
${key}    zone: ${zone}             # local: this host; private: your own network; external: a vendor
    contextTokens: 8192       # as much as the server really gives the model
    status: active
`;
}

const defaultReach: readonly (readonly [classification: string, zones: readonly Zone[]])[] = [
  ['public', ['local', 'private', 'external']],
  ['internal', ['local', 'private']],
  ['confidential', ['local']],
];

/** For a model that is not near, the lines that would let more content reach it stand beside the ones in force. */
function egress(zone: Zone | null): string {
  const lines = defaultReach.flatMap(([classification, zones]) => {
    const line = `  ${classification}: [${zones.join(', ')}]`;
    if (zone === null || zones.includes(zone)) return [line];
    return [
      line,
      `  # ${classification}: [${[...zones, zone].join(', ')}]   # instead: lets it reach the model "main"`,
    ];
  });
  const warning =
    zone === null || zone === 'local'
      ? ''
      : `# The model "main" runs in the zone ${zone}: ${keptFrom(zone).join(' and ')} content stays away from it until it is allowed here.\n`;
  return `# Zones that content of each classification may reach.\n${warning}egress:\n${lines.join('\n')}\n`;
}

/** Classifications that do not reach this zone by default. */
export function keptFrom(zone: Zone): readonly string[] {
  return defaultReach.flatMap(([classification, zones]) => (zones.includes(zone) ? [] : [classification]));
}

export const accessFile = `# Who holds which tags. Whoever is not here is not known, and whoever is not known sees nothing. A changed file takes
# effect at once; \`persea access diff NEW_FILE\` shows beforehand who gains and who loses what.

groups: {}
#   staff:   { tags: [staff] }
#   hr-team: { tags: [hr], includes: [staff] }

# For the command line (--as ID) and for API keys (persea keys create --as ID). Every person here holds the tag \`everyone\`.
principals:
  me: { groups: [], roles: [employee, admin, developer] }
`;

export const sampleDocument = {
  path: 'documents/working-here.md',
  question: 'How many days of annual leave do I have?',
  text: `# Working here

A sample document of an invented company. Put your own files beside it, or name your own folder in persea.yaml.

## Annual leave

Every employee has 28 days of paid annual leave. At most 5 days may be carried over into the next year, and they must be
used by 31 March. Ask your manager for leave at least two weeks ahead.

## Expenses

| expense | limit | approval |
| --- | --- | --- |
| hotel, a night | EUR 150 | none |
| meals, a day | EUR 45 | none |
| flights | EUR 600 | your manager |

Claims are handed in within 30 days of the journey, with receipts.

## Reporting sick

Call your manager before 09:30 on the first day. A doctor's certificate is needed from the fourth day on.
`,
};
