/**
 * How requests go to servers that may think for long. The runtime gives up a server that is silent for five minutes, before its answer
 * or in it, whatever limit the caller has; here the caller's own limit is the only one. What the process sends requests through, such
 * as a proxy, stays in use.
 */
type Dispatcher = NonNullable<RequestInit['dispatcher']>;

/** Where the runtime and the `undici` package keep it; there once a first request was made. */
const globalDispatcher = Symbol.for('undici.globalDispatcher.1');

/** For `fetch`. Empty on a runtime that keeps its dispatcher elsewhere: there its own limits hold, too. */
export function patientDispatcher(): Pick<RequestInit, 'dispatcher'> {
  const known: unknown = Reflect.get(globalThis, globalDispatcher);
  if (!isDispatcher(known)) return {};
  const patient: Pick<Dispatcher, 'dispatch'> = {
    dispatch: (options, handler) => known.dispatch({ ...options, headersTimeout: 0, bodyTimeout: 0 }, handler),
  };
  // `fetch` uses nothing else of it.
  return { dispatcher: patient as Dispatcher };
}

function isDispatcher(value: unknown): value is Dispatcher {
  return typeof value === 'object' && value !== null && 'dispatch' in value && typeof value.dispatch === 'function';
}
