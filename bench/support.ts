/** What the measurements share: running a command with its memory watched, medians, folders that go away. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('..', import.meta.url));
/** Corpora that are not part of the repository; measurements that need them say so where they are absent. */
export const sharedData = fileURLToPath(new URL('../../shared/data/', import.meta.url));
export const builtCommand = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** Looking costs the kernel a walk over all pages: more often would slow down what is measured. */
const memoryWatchMs = 100;

export interface CommandRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
  readonly seconds: number;
  /** Largest sum of the proportional memory of the process and all below it. */
  readonly peakMegabytes: number;
}

export function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly onMessage?: (line: string, pid: number) => void } = {},
): Promise<CommandRun> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const { onMessage, ...spawnOptions } = options;
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...spawnOptions });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      output.stdout += piece;
    });
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      output.stderr += piece;
    });
    if (onMessage !== undefined) {
      createInterface({ input: child.stderr }).on('line', (line) => onMessage(line, child.pid ?? 0));
    }
    let peakBytes = 0;
    const watch = setInterval(() => {
      if (child.pid !== undefined) peakBytes = Math.max(peakBytes, memoryBytes(child.pid));
    }, memoryWatchMs);
    child.on('error', reject);
    child.on('close', (status) => {
      clearInterval(watch);
      resolve({ ...output, status, seconds: (performance.now() - startedAt) / 1_000, peakMegabytes: peakBytes / 1e6 });
    });
  });
}

/** Of a process and all its descendants; a page that several of them map counts once, in shares. */
export function memoryBytes(root: number): number {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    const status = readProcess(pid, 'status');
    if (status !== null) parents.set(pid, Number(/^PPid:\s+(\d+)/m.exec(status)?.[1] ?? 0));
  }
  const isBelow = (pid: number): boolean => pid === root || (pid > 1 && isBelow(parents.get(pid) ?? 0));
  return [...parents.keys()].filter(isBelow).reduce((sum, pid) => sum + proportionalBytes(pid), 0);
}

/** The resident set, which counts shared pages in full, where the system does not tell the proportional one. */
function proportionalBytes(pid: number): number {
  const proportional = /^Pss:\s+(\d+)/m.exec(readProcess(pid, 'smaps_rollup') ?? '')?.[1];
  const kibibytes = proportional ?? /^VmRSS:\s+(\d+)/m.exec(readProcess(pid, 'status') ?? '')?.[1] ?? 0;
  return Number(kibibytes) * 1_024;
}

/** Null where the process ended while we looked, or may not be looked at. */
export function readProcess(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return null;
  }
}

export async function withTemporaryFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'persea-bench-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export const median = (values: readonly number[]) => quantile(values, 0.5);

/** The line that belongs beside every number. */
export function machine(): string {
  const [first] = cpus();
  return `${cpus().length} cores, ${first?.model.trim() ?? 'unknown'}, Node ${process.version}, ${process.platform}`;
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
