/** Questions at which models failed: a run of hours is not lost to one of them, and one that cannot work ends early. */
import { isModelFailure, type PerseaError } from '../core/errors.ts';

export interface FailedQuestion {
  readonly id: string;
  /** Of several settings the one that failed; empty where there is one alone. */
  readonly setting: string;
  readonly error: PerseaError;
}

export type Attempted<T> = { readonly result: T } | { readonly error: PerseaError };

/** So many questions without an answer are no accident: a wrong key, a server that is down. Going on would count all the others as wrong within seconds. */
const mostInRow = 3;

export class ModelFailures {
  readonly #failed: FailedQuestion[] = [];
  readonly #answering = new Set<string>();
  readonly #inRow = new Map<string, number>();

  get failed(): readonly FailedQuestion[] {
    return this.#failed;
  }

  /**
   * @param ask says with its result whether a model was asked
   * @throws PerseaError what the model failed with, where it answered none of three questions in a row
   */
  async attempt<T>(
    { id, setting = '' }: { readonly id: string; readonly setting?: string },
    ask: () => Promise<{ readonly result: T; readonly isAsked: boolean }>,
  ): Promise<Attempted<T>> {
    try {
      const { result, isAsked } = await ask();
      if (isAsked) {
        this.#answering.add(setting);
        this.#inRow.delete(setting);
      }
      return { result };
    } catch (thrown) {
      if (!isModelFailure(thrown)) throw thrown;
      this.#failed.push({ id, setting, error: thrown });
      const inRow = (this.#inRow.get(setting) ?? 0) + 1;
      this.#inRow.set(setting, inRow);
      if (inRow >= mostInRow) throw thrown;
      return { error: thrown };
    }
  }

  /** For the end of a run. @throws PerseaError of the first failure where no model answered anything */
  refuseUnlessAnswered(): void {
    const [first] = this.#failed;
    if (first !== undefined && this.#answering.size === 0) throw first.error;
  }
}
