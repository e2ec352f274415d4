/** A prompt as it is put together: what the rules say, and what they are to be applied to. */

/** A rendered prompt template. `system` has the rules; retrieved text stands only in `user`, fenced as data. */
export interface RenderedPrompt {
  readonly id: string;
  readonly version: string;
  /** `sha256:` and the hash of the template file. */
  readonly hash: string;
  readonly system: string;
  readonly user: string;
}
