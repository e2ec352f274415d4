/**
 * Which label counts. Among a source's rules the last match replaces the default; what stands nearer the document (label
 * files of its folders, then its own front matter) only narrows, unless the configuration says that it replaces. No label
 * at all means that nobody may see the document.
 */
import {
  type AccessLabel,
  bothLabels,
  canonicalLabel,
  type LabelInput,
  narrowLabel,
  parseLabelInput,
  resemblesLabel,
  resemblesTagsKey,
} from '../src/access/label.ts';
import { editDistance } from '../src/core/edit-distance.ts';
import { PerseaError } from '../src/core/errors.ts';
import { pathMatcher } from './path-globs.ts';
import type { SourceOverlap } from './sources/overlaps.ts';
import type { FolderLabel } from './sources/source.ts';

export interface LabelRule {
  /** Glob over the path relative to the source's root. */
  readonly match: string;
  readonly label: LabelInput;
}

export interface SourceLabelling {
  readonly label?: LabelInput | undefined;
  readonly rules: readonly LabelRule[];
  readonly frontMatter: 'narrow' | 'replace' | 'ignore';
}

/** Decides labels for the files of one source. */
export interface Labeller {
  /**
   * `ownLabel` is what the document states of itself, `stated` what its source states of it: in place of the configured
   * default and rules, or beside them where it states a classification alone. A link never opens the file that it leads to.
   * Throws `no-label` or `label-invalid`.
   */
  labelOf(relativePath: string, ownLabel: LabelInput | null, stated?: LabelInput, linkTarget?: string): AccessLabel;
  /** The globs of rules that match none of these paths: a misspelt one leaves open what it was to close. */
  unusedRules(relativePaths: readonly string[]): readonly string[];
}

/** Where other sources list a file, too, it is seen only by those whom each of them lets in. */
export function createLabeller(
  source: SourceLabelling,
  folderLabels: readonly FolderLabel[],
  overlaps: readonly SourceOverlap[] = [],
): Labeller {
  const rules = source.rules.map((rule) => ({ ...rule, isMatch: pathMatcher([rule.match]) }));
  const folders = new Map(folderLabels.map((folder) => [folder.directory, folder.label]));

  const others = overlaps.map((overlap) => ({
    ...overlap,
    labelOf: createLabeller(overlap.labelling, overlap.folderLabels).labelOf,
  }));

  const labelHere = (relativePath: string, ownLabel: LabelInput | null, stated?: LabelInput): AccessLabel => {
    // A document that states only its classification does not say who may see it, so it replaces nothing.
    if (source.frontMatter === 'replace' && (ownLabel?.anyOf ?? ownLabel?.allOf) !== undefined) {
      return nonEmpty(canonicalLabel(ownLabel ?? {}), relativePath);
    }
    const rule = rules.findLast((candidate) => candidate.isMatch(relativePath));
    const configured = rule?.label ?? source.label;
    const saysWho = (stated?.anyOf ?? stated?.allOf) !== undefined;
    const input = saysWho ? stated : configured;
    if (input === undefined) throw noLabel(relativePath);
    let label = nonEmpty(canonicalLabel(input), relativePath);
    if (stated !== undefined && !saysWho) label = narrowLabel(label, stated);
    for (const directory of ancestorsOf(relativePath)) {
      const folder = folders.get(directory);
      if (folder instanceof PerseaError) throw folder;
      if (folder !== undefined) label = narrowLabel(label, folder);
    }
    return ownLabel === null || source.frontMatter === 'ignore' ? label : narrowLabel(label, ownLabel);
  };

  const labelAt = (relativePath: string, ownLabel: LabelInput | null, stated?: LabelInput): AccessLabel => {
    let label = labelHere(relativePath, ownLabel, stated);
    for (const { name, placesOf, labelOf } of others) {
      for (const { path, label: ofFile } of placesOf(relativePath)) {
        if (ofFile instanceof PerseaError) throw ofFile;
        label = bothLabels(
          label,
          labelIn(name, () => labelOf(path, ownLabel, ofFile)),
        );
      }
    }
    return label;
  };

  return {
    labelOf(relativePath, ownLabel, stated, linkTarget) {
      const label = labelAt(relativePath, ownLabel, stated);
      return linkTarget === undefined ? label : bothLabels(label, labelAt(linkTarget, ownLabel));
    },
    unusedRules: (relativePaths) =>
      rules.filter(({ isMatch }) => !relativePaths.some((path) => isMatch(path))).map(({ match }) => match),
  };
}

/**
 * The `access` key of a document's front matter, or null where there is none. One that is written otherwise (`Access`) or left
 * empty, as by a wrong indentation below it, says that not everybody may see the document, so it is not passed over. Nor is what can
 * only have been meant for it: its keys without it, or a label below another key.
 */
export function ownLabelOf(frontMatter: Readonly<Record<string, unknown>> | null, uri: string): LabelInput | null {
  const keys = Object.keys(frontMatter ?? {});
  const refuse = (problem: string): never => {
    throw new PerseaError('label-invalid', `The front matter of ${uri} ${problem}.`, { details: { uri } });
  };
  const misplaced = keys.find(resemblesTagsKey);
  if (misplaced !== undefined) {
    return refuse(`has the key \`${misplaced}\`; who may see a document is stated below \`access\``);
  }
  const [key, ...others] = keys.filter((name) => name.trim().toLowerCase() === 'access');
  const elsewhere = keys.find((name) => name !== key && (isMisspeltAccess(name) || holdsLabel(frontMatter?.[name])));
  if (elsewhere !== undefined) {
    return refuse(`has the key \`${elsewhere}\`; who may see a document is stated by \`access\`, and by that alone`);
  }
  if (key === undefined) return null;
  if (others.length > 0) return refuse(`states access twice: ${[key, ...others].join(', ')}`);
  return parseLabelInput(frontMatter?.[key], `the front matter of ${uri}`);
}

function isMisspeltAccess(name: string): boolean {
  const word = name.trim().toLowerCase();
  return word !== 'access' && editDistance(word, 'access', 1) === 1;
}

/** Itself or anywhere below; aliases may lead in a circle. */
function holdsLabel(value: unknown): boolean {
  const waiting = new Set([value]);
  // A set yields what is added to it during the walk.
  for (const next of waiting) {
    if (typeof next !== 'object' || next === null) continue;
    if (resemblesLabel(next)) return true;
    for (const below of Object.values(next)) waiting.add(below);
  }
  return false;
}

function labelIn(source: string, labelOf: () => AccessLabel): AccessLabel {
  try {
    return labelOf();
  } catch (thrown) {
    if (!(thrown instanceof PerseaError) || thrown.code !== 'no-label') throw thrown;
    const message = `It belongs to the source "${source}", too, which gives it no access label, so nobody may see it. Exclude it there, or give it a label there.`;
    throw new PerseaError('no-label', message, { cause: thrown });
  }
}

/** The folders of a path from the root downward: '', 'hr', 'hr/forms'. */
function ancestorsOf(relativePath: string): string[] {
  const parts = relativePath.split('/').slice(0, -1);
  return ['', ...parts.map((_, index) => parts.slice(0, index + 1).join('/'))];
}

function nonEmpty(label: AccessLabel, relativePath: string): AccessLabel {
  if (label.clauses.length === 0) throw noLabel(relativePath);
  return label;
}

function noLabel(relativePath: string): PerseaError {
  return new PerseaError(
    'no-label',
    `No rule gives ${relativePath} an access label, so nobody may see it. Give its source a label or add a rule that matches it.`,
  );
}
