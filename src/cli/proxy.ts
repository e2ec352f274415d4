/**
 * Proxies by the usual environment variables: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in capitals or not. Certificate authorities of
 * one's own are the runtime's business (NODE_EXTRA_CA_CERTS). This only says which way requests go and makes none.
 */
import { PerseaError } from '../core/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What is sent to this machine must not leave it: a proxy elsewhere would be given text that may reach the zone `local` alone. */
const thisMachine = ['localhost', '127.0.0.1', '::1', '[::1]'];

const variables = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];

/** For the whole process. Throws `usage-invalid` where the runtime is too old or a proxy is no address. */
export async function useProxy(environment: Environment): Promise<void> {
  if (variables.every((name) => (environment[name] ?? '') === '')) return;
  const http = await import('node:http');
  const set = 'setGlobalProxyFromEnv' in http ? http.setGlobalProxyFromEnv : undefined;
  // The runtime itself was told to, and has done so.
  if (set === undefined && environment.NODE_USE_ENV_PROXY === '1') return;
  if (typeof set !== 'function') {
    throw new PerseaError(
      'usage-invalid',
      `A proxy is set in the environment, which Node ${process.versions.node} uses only with NODE_USE_ENV_PROXY=1 (from 22.21 on). Set it, or use Node 24.14 or newer.`,
    );
  }
  const named = environment.no_proxy ?? environment.NO_PROXY ?? '';
  const noProxy = [...(named === '' ? [] : [named]), ...thisMachine].join(',');
  try {
    set({ ...environment, no_proxy: noProxy, NO_PROXY: noProxy });
  } catch {
    // The runtime's own message repeats the address, which may hold a password.
    throw new PerseaError(
      'usage-invalid',
      'HTTPS_PROXY or HTTP_PROXY is no address such as http://proxy.example.com:3128.',
    );
  }
}
