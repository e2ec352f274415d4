/** Which models may answer a question, in which order, and what each may see of its passages. */
import type { Passage } from '../core/chunk.ts';
import type { Omission } from '../core/context.ts';
import { PerseaError } from '../core/errors.ts';
import { decideEgress } from '../egress/egress.ts';
import type { RouteModel } from './dependencies.ts';
import type { Inquiry } from './inquiry.ts';

/** A model with the passages it may see, and what had to be kept from it. */
export interface Candidate extends RouteModel {
  readonly passages: readonly Passage[];
  readonly withheld: readonly Omission[];
}

/**
 * Models that may see every passage, in the order of the route. Only where there is none, the first that may see some of
 * them, without the others.
 * @throws PerseaError `unknown-model`
 */
export function route(
  { dependencies, request, warnings }: Inquiry,
  passages: readonly Passage[],
  omitted: readonly Omission[],
): readonly Candidate[] {
  const { models, settings } = dependencies;
  const wanted = request.model;
  const asked = wanted === undefined ? models : models.filter(({ model }) => model.id === wanted);
  if (wanted !== undefined && asked.length === 0) {
    throw new PerseaError(
      'unknown-model',
      `There is no active model "${wanted}"; there are: ${models.map(({ model }) => model.id).join(', ')}.`,
    );
  }
  const verdicts = asked.map((entry) => decideEgress(passages, entry.model, settings.egress));
  const all = asked.map((entry, index): Candidate => {
    const { allowed = [], blocked = [] } = verdicts[index] ?? {};
    const omissions = [...new Set(blocked.map(({ uri }) => uri))].map((uri) => ({ uri, reason: 'egress' }) as const);
    return { ...entry, passages: allowed, withheld: [...omissions, ...omitted] };
  });
  const complete = all.filter((candidate) => candidate.passages.length === passages.length);
  const chosen = complete.length > 0 ? complete : all.filter((candidate) => candidate.passages.length > 0).slice(0, 1);
  const explanation = verdicts[0]?.explanation;
  if (explanation !== null && explanation !== undefined) warnings.push(explanation);
  return chosen;
}
