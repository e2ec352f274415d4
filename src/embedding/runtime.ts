/** The model runtime on a worker thread, set up so that it reads files of one folder and nothing else, and says nothing. */
import { registerHooks } from 'node:module';

/** @param folder holds the folders of the models by their names */
export async function openRuntime(folder: string): Promise<typeof import('@xenova/transformers')> {
  // transformers imports its image library at once, which text never needs: 70 ms of a cold start and 20 MB.
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== 'sharp') return next(specifier, context);
      return { url: 'data:text/javascript,export default function noImages() {}', shortCircuit: true };
    },
  });
  const runtime = await import('@xenova/transformers');
  const { env, LogLevel } = runtime;
  env.allowRemoteModels = false;
  env.localModelPath = `${folder}/`;
  env.useFSCache = false;
  // On a failure it would print the input, which is the text of a document.
  env.logLevel = LogLevel.NONE;
  return runtime;
}
