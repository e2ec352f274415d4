/**
 * What questions used up, until the catalogue has it. An answer that was made, and perhaps paid for, is not taken back because it cannot
 * be written down just now: what it came to waits in memory, counts for budgets meanwhile, and is written when that can be done again.
 */
import { type AccessScope, assertSystemScope } from '../access/scope.ts';
import type { Catalog, UsageRecord } from '../catalog/catalog.ts';
import type { Clock } from '../core/async.ts';
import { counted } from '../core/counts.ts';
import { type PerseaError, toPerseaError } from '../core/errors.ts';
import type { Spenders, Spent } from '../query/budget.ts';
import { usageOfNobody } from '../query/still-visible.ts';
import { spentIn } from '../query/usage.ts';

export interface UsageBookOptions {
  readonly catalog: Pick<Catalog, 'recordUsage' | 'usageTotals'>;
  /** Whether the policy names this person now. */
  readonly isKnown: (principalId: string) => boolean;
  readonly onWarning: (message: string) => void;
  readonly clock: Clock;
}

interface Entry {
  readonly usage: UsageRecord;
  readonly wasKnown: boolean;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** Some megabytes. */
const maxWaiting = 10_000;
/** From here on nothing is asked on a budget, so that there is room for what is under way. */
const fullAt = 9_000;
/** Most writes of another process take less. */
const firstPauseMs = 25;
const longestPauseMs = 1_000;
/** Another process may write for as long before anybody is told. */
const quietMs = 5_000;
/** What the end of the process waits for another one that is writing. */
const closeMs = 1_500;

export class UsageBook {
  readonly #options: UsageBookOptions;
  readonly #waiting = new Set<Entry>();
  readonly #closing = new AbortController();
  #retrying: Promise<void> | undefined;
  #failure: PerseaError | undefined;
  /** One warning for a failure that lasts, until it is over. */
  #isTold = false;
  #dropped = 0;

  constructor(options: UsageBookOptions) {
    this.#options = options;
  }

  /** Never throws, and waits for nobody: it is written now or later. */
  async record(usage: UsageRecord): Promise<void> {
    if (this.#waiting.size >= maxWaiting) {
      this.#dropped++;
      return;
    }
    const { isKnown, clock } = this.#options;
    this.#waiting.add({ usage, wasKnown: isKnown(usage.principalId), since: clock.now() });
    if (this.#retrying !== undefined || (await this.#writeAll())) return;
    this.#retrying ??= this.#retry();
  }

  /**
   * What is written and what waits; what is written meanwhile counts twice rather than not at all. Throws the failure where so much
   * waits that more could not be kept.
   */
  async spentBy(scope: AccessScope, spenders: Spenders): Promise<Spent> {
    assertSystemScope(scope);
    if (this.#waiting.size >= fullAt && this.#failure !== undefined) throw this.#failure;
    const waiting = [...this.#waiting].map(({ usage }) => usage).filter((usage) => isOf(usage, spenders));
    const recorded = await this.#options.catalog.usageTotals(scope, spenders);
    return spentIn({ attempts: [...recorded, ...waiting] });
  }

  /** What still cannot be written is lost, and told. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#retrying;
    const { clock, onWarning } = this.#options;
    const until = clock.now() + closeMs;
    while (!(await this.#writeAll()) && this.#failure?.code === 'store-busy' && clock.now() < until) {
      await clock.sleep(firstPauseMs);
    }
    const lost = this.#waiting.size + this.#dropped;
    if (lost === 0) return;
    const spent = spentIn({ attempts: [...this.#waiting].map(({ usage }) => usage) });
    const tokens = counted(spent.inputTokens + spent.outputTokens, 'token');
    onWarning(
      `The usage of ${counted(lost, 'question')} could not be recorded and is missing in all sums and budgets (${tokens}, ${spent.costUsd} USD). ${this.#failure?.message ?? ''}`,
    );
  }

  async #retry(): Promise<void> {
    const { clock } = this.#options;
    try {
      for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
        await clock.sleep(pauseMs, this.#closing.signal);
        if (await this.#writeAll()) return;
      }
    } catch (thrown) {
      if (!this.#closing.signal.aborted) throw thrown;
    } finally {
      this.#retrying = undefined;
    }
  }

  /** In the order in which it came, up to the first that cannot be written. Whether nothing waits any more. */
  async #writeAll(): Promise<boolean> {
    for (const entry of this.#waiting) {
      try {
        await this.#options.catalog.recordUsage(this.#toWrite(entry));
      } catch (thrown) {
        this.#noteFailure(toPerseaError(thrown), entry);
        return false;
      }
      this.#waiting.delete(entry);
    }
    this.#failure = undefined;
    this.#isTold = false;
    return true;
  }

  /** Whoever was forgotten while it waited leaves no name. */
  #toWrite({ usage, wasKnown }: Entry): UsageRecord {
    return wasKnown && !this.#options.isKnown(usage.principalId) ? usageOfNobody(usage) : usage;
  }

  #noteFailure(failure: PerseaError, { since }: Entry): void {
    this.#failure = failure;
    const { clock, onWarning } = this.#options;
    if (this.#isTold || (failure.code === 'store-busy' && clock.now() - since < quietMs)) return;
    this.#isTold = true;
    onWarning(`The usage of a question could not be recorded yet and is tried again: ${failure.message}`);
  }
}

function isOf(usage: UsageRecord, { sinceMs, principalId, group }: Spenders): boolean {
  if (usage.at < sinceMs || (principalId ?? usage.principalId) !== usage.principalId) return false;
  return group === undefined || usage.groups?.includes(group) === true;
}
