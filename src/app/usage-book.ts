/**
 * What questions used up, until the catalogue has it. An answer that was made, and perhaps paid for, is not taken back because it cannot
 * be written down just now: what it came to waits in memory, counts for budgets meanwhile, and is written when that can be done again.
 * What waits is lost when the process is killed. So that no budget is spent anew by each start, nothing is asked on one while that lasts.
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
  readonly catalog: Pick<Catalog, 'assertWritable' | 'recordUsage' | 'usageTotals'>;
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
/** Another process may write for as long while more is spent, longer than all but the tidying of a large catalogue. */
const longestBusyMs = 60_000;
/** What the end of the process waits for another one that is writing. */
const closeMs = 1_500;

export class UsageBook {
  readonly #options: UsageBookOptions;
  readonly #waiting = new Set<Entry>();
  readonly #closing = new AbortController();
  #writing: Promise<void> | undefined;
  #failure: PerseaError | undefined;
  /** Whether this process could write once. */
  #canWrite = false;
  /** One warning for a failure that lasts, until it is over. */
  #isTold = false;
  #dropped = 0;

  constructor(options: UsageBookOptions) {
    this.#options = options;
  }

  /** Never throws, and waits for nobody: it is written now, or later where that cannot be. */
  async record(usage: UsageRecord): Promise<void> {
    if (this.#waiting.size >= maxWaiting) {
      this.#dropped++;
      return;
    }
    const { isKnown, clock } = this.#options;
    this.#waiting.add({ usage, wasKnown: isKnown(usage.principalId), since: clock.now() });
    this.#writing ??= this.#writeAll();
  }

  /**
   * What is written and what waits; what is written meanwhile counts twice rather than not at all. Null where more could be lost than is
   * known: nothing else may be spent.
   */
  async spentBy(scope: AccessScope, spenders: Spenders): Promise<Spent | null> {
    assertSystemScope(scope);
    if (this.#isBehind() || !(await this.#isWritable())) return null;
    const waiting = [...this.#waiting].map(({ usage }) => usage).filter((usage) => isOf(usage, spenders));
    const recorded = await this.#options.catalog.usageTotals(scope, spenders);
    return spentIn({ attempts: [...recorded, ...waiting] });
  }

  /** What still cannot be written is lost, and told. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#writing;
    const { clock, onWarning } = this.#options;
    const until = clock.now() + closeMs;
    while (!(await this.#writeOnce()) && this.#failure?.code === 'store-busy' && clock.now() < until) {
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

  /** Until nothing waits any more, or to the end of the book. Whatever comes after it looked that nothing does begins it anew. */
  async #writeAll(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#closing;
    try {
      for (let pauseMs = firstPauseMs; this.#waiting.size > 0; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
        if (!(await this.#writeOnce())) await clock.sleep(pauseMs, signal);
      }
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    } finally {
      this.#writing = undefined;
    }
  }

  #isBehind(): boolean {
    const [oldest] = this.#waiting;
    if (oldest === undefined || this.#failure === undefined) return false;
    const { size } = this.#waiting;
    return this.#failure.code !== 'store-busy' || size >= fullAt || this.#ageOf(oldest) >= longestBusyMs;
  }

  /** Looked at before anything is spent at all: a process that is started over and over must not learn it from a loss each time. */
  async #isWritable(): Promise<boolean> {
    if (this.#canWrite) return true;
    try {
      await this.#options.catalog.assertWritable();
    } catch (thrown) {
      const failure = toPerseaError(thrown);
      if (failure.code === 'store-busy') return true;
      this.#tell('What questions come to cannot be recorded, so that nothing is asked on a budget', failure);
      return false;
    }
    this.#canWrite = true;
    this.#isTold = false;
    return true;
  }

  /** In the order in which it came, up to the first that cannot be written. Whether nothing waits any more. */
  async #writeOnce(): Promise<boolean> {
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
    this.#canWrite = true;
    this.#isTold = false;
    return true;
  }

  /** Whoever was forgotten while it waited leaves no name. */
  #toWrite({ usage, wasKnown }: Entry): UsageRecord {
    return wasKnown && !this.#options.isKnown(usage.principalId) ? usageOfNobody(usage) : usage;
  }

  #noteFailure(failure: PerseaError, entry: Entry): void {
    this.#failure = failure;
    if (failure.code === 'store-busy' && this.#ageOf(entry) < quietMs) return;
    this.#tell('The usage of a question could not be recorded yet and is tried again', failure);
  }

  #ageOf({ since }: Entry): number {
    return this.#options.clock.now() - since;
  }

  #tell(what: string, { message }: PerseaError): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#options.onWarning(`${what}: ${message}`);
  }
}

function isOf(usage: UsageRecord, { sinceMs, principalId, group }: Spenders): boolean {
  if (usage.at < sinceMs || (principalId ?? usage.principalId) !== usage.principalId) return false;
  return group === undefined || usage.groups?.includes(group) === true;
}
