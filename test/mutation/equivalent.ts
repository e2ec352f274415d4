/** Changes that no test can notice, because the program still does the same; each with the reason. */

export interface Equivalent {
  readonly file: string;
  /** The code that is replaced, as it stands in the source, and what stands there instead. */
  readonly code: string;
  readonly replacement: string;
  readonly reason: string;
}

export const equivalents: readonly Equivalent[] = [];
