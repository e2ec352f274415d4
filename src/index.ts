/** The public surface of the library. */
export { type AccessLabel, canonicalLabel, type LabelInput } from './access/label.ts';
export type { AccessPolicy } from './access/policy.ts';
export type { Principal, Role } from './access/principal.ts';
export type { AccessScope } from './access/scope.ts';
export {
  type App,
  type Check,
  type Conversations,
  type OpenAppOptions,
  openApp,
  type RequestOptions,
  type Traces,
} from './app.ts';
export type { CheckOptions } from './app/checks.ts';
export type { Catalog } from './catalog/catalog.ts';
export { type Config, configJsonSchema, loadConfig } from './config.ts';
export type {
  AbstainedAnswer,
  Answer,
  AnsweredAnswer,
  Attempt,
  Citation,
  Claim,
  RefusedAnswer,
  Support,
} from './core/answer.ts';
export { type ErrorCode, type ErrorKind, errorCodes, httpStatusByKind } from './core/error-codes.ts';
export { PerseaError } from './core/errors.ts';
export type { SearchFilters } from './core/fact-filter.ts';
export type { IngestEvent, IngestOptions, Ingestor, IngestReport, WatchOptions } from './core/ingestor.ts';
export type { Locator } from './core/locator.ts';
export type { Classification, Zone } from './core/zones.ts';
export type { Embedder } from './embedding/embedder.ts';
export type { EvaluationTools, EvaluationToolsOptions } from './eval/tools.ts';
export { createServer, type ServerOptions } from './http/server.ts';
export type { GenerateEvent, GenerateRequest, LanguageModel } from './llm/language-model.ts';
export type { ProvisionEvent } from './models/provision.ts';
export type { RouteModel } from './query/dependencies.ts';
export type { LabRequest, LabResult } from './query/lab.ts';
export type { AskEvent, AskRequest } from './query/question.ts';
export type { SearchExplanation, SearchHit, SearchOptions, SearchRequest, SearchResult } from './query/search.ts';
