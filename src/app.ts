/** The composition root: a configuration becomes implementations, and they become one `App` that the front doors use. */
import type { AccessPolicy } from './access/policy.ts';
import type { Principal } from './access/principal.ts';
import type { AccessScope } from './access/scope.ts';
import type { Catalog } from './catalog/catalog.ts';
import type { Config } from './config.ts';
import type { Answer } from './core/answer.ts';
import type { Ingestor } from './core/ingestor.ts';
import type { AskEvent, AskRequest } from './query/question.ts';
import type { SearchRequest, SearchResult } from './query/search.ts';

export interface RequestOptions {
  readonly signal?: AbortSignal;
}

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface App {
  /** In force now: a running server takes a changed, valid file. */
  config(): Config;
  policy(): AccessPolicy;
  /** Documents, keys and usage; every read demands a scope. */
  readonly catalog: Catalog;
  /** Throws `unknown-principal`. */
  principal(id: string): Principal;
  scopeFor(principal: Principal): Promise<AccessScope>;
  search(scope: AccessScope, request: SearchRequest, options?: RequestOptions): Promise<SearchResult>;
  ask(scope: AccessScope, request: AskRequest, options?: RequestOptions): Promise<Answer>;
  askStream(scope: AccessScope, request: AskRequest, options?: RequestOptions): AsyncIterable<AskEvent>;
  /** Takes the writer's lease of the data folder for as long as it works. */
  readonly ingestor: Ingestor;
  /** What `doctor` and `/readyz` report. */
  checks(options?: { readonly isQuick?: boolean }): Promise<readonly Check[]>;
  close(): Promise<void>;
}
