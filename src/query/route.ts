/** Which models may answer a question, in which order, and what each may see of its passages. */
import type { Passage } from '../core/chunk.ts';
import type { Omission } from '../core/context.ts';
import { PerseaError } from '../core/errors.ts';
import { planEgress } from '../egress/plan.ts';
import type { RouteModel } from './dependencies.ts';
import type { Evidenced } from './gather.ts';
import type { Inquiry } from './inquiry.ts';
import { inRoutingOrder } from './routing.ts';

/** A model with the passages it may see, and what had to be kept from it. */
export interface Candidate extends RouteModel {
  readonly passages: readonly Passage[];
  readonly withheld: readonly Omission[];
}

/**
 * The model that the request names, else all.
 *
 * @throws PerseaError `unknown-model`
 */
export function modelsAsked({ dependencies: { models }, request }: Inquiry): readonly RouteModel[] {
  return modelsNamed(models, request.model);
}

/**
 * All where none is named.
 *
 * @throws PerseaError `unknown-model`
 */
export function modelsNamed(models: readonly RouteModel[], wanted: string | undefined): readonly RouteModel[] {
  const asked = wanted === undefined ? models : models.filter(({ model }) => model.id === wanted);
  if (wanted !== undefined && asked.length === 0) {
    throw new PerseaError(
      'unknown-model',
      `There is no active model "${wanted}"; there are: ${models.map(({ model }) => model.id).join(', ')}.`,
    );
  }
  return asked;
}

/**
 * The models that may be asked, in the order in which they are, each with the passages that it may see.
 *
 * @throws PerseaError `unknown-model`
 */
export function route(inquiry: Inquiry, evidenced: Pick<Evidenced, 'passages' | 'omitted'>): readonly Candidate[] {
  const { dependencies, warnings } = inquiry;
  const { settings } = dependencies;
  const ordered = inRoutingOrder(modelsAsked(inquiry), settings.routing, settings.budgetTokens);
  const { candidates, explanation } = candidatesAmong(ordered, inquiry, evidenced);
  if (explanation !== null) warnings.push(explanation);
  return candidates;
}

/** Of these models, in their order, those that may be asked. */
export function candidatesAmong(
  models: readonly RouteModel[],
  { dependencies }: Inquiry,
  { passages, omitted }: Pick<Evidenced, 'passages' | 'omitted'>,
): { readonly candidates: readonly Candidate[]; readonly explanation: string | null } {
  const { candidates, explanation } = planEgress(models, passages, dependencies.settings.egress);
  return {
    explanation,
    candidates: candidates.map(({ entry, passages: allowed, blocked }): Candidate => {
      const withheld = [...new Set(blocked.map(({ uri }) => uri))].map((uri) => ({ uri, reason: 'egress' }) as const);
      return { ...entry, passages: allowed, withheld: [...withheld, ...omitted] };
    }),
  };
}
