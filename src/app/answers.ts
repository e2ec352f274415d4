/** The configured cache of answers. */
import type { Config } from '../config.ts';
import type { Clock } from '../core/async.ts';
import { AnswerCache } from '../query/answer-cache.ts';

export function createAnswerCache(config: () => Config, clock: Clock): AnswerCache {
  return new AnswerCache(() => {
    const { entries, maxAgeMinutes } = config().answer.cache;
    return { entries, maxAgeMs: maxAgeMinutes * 60_000 };
  }, clock);
}
