import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Recorder } from '../../src/llm/recorder.ts';
import type { GenerateRequest } from '../../src/llm/language-model.ts';
import { requestFor } from '../support/context-window.ts';
import { FakeLanguageModel } from '../support/fake-language-model.ts';
import { sealed } from '../support/guarded.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const request = (user: string): GenerateRequest =>
  requestFor([], { prompt: sealed({ id: 'answer', version: '1', hash: 'sha256:0', system: 'Rules.', user }, []) });

async function textOf(model: ReturnType<Recorder['around']>, user: string): Promise<string> {
  let text = '';
  for await (const event of model.generate(request(user))) if (event.type === 'text-delta') text += event.text;
  return text;
}

describe('Recorder', () => {
  it('asks a model once for the same prompt, also in another process, and tells what it took then', async () => {
    const folder = join(await temporaryFolder(), 'kept');
    const model = new FakeLanguageModel({ reply: ['First text of many pieces.', 'Second text.'] });
    const recorder = new Recorder({ folder, mayAsk: true });
    expect(await textOf(recorder.around(model, 'x'), 'one')).toBe('First text of many pieces.');
    const [asked] = recorder.take();
    expect(asked).toMatchObject({ modelId: 'fake', text: 'First text of many pieces.', isReplayed: false });

    const again = new Recorder({ folder, mayAsk: false });
    expect(await textOf(again.around(model, 'x'), 'one')).toBe('First text of many pieces.');
    expect(again.take()).toEqual([{ ...asked, isReplayed: true }]);
    expect(model.calls).toHaveLength(1);
  });

  it.each([
    ['another prompt', 'two', 'x'],
    ['another model behind the same id', 'one', 'y'],
  ])('does not take %s for the same', async (_, user, identity) => {
    const recorder = new Recorder({ folder: await temporaryFolder(), mayAsk: true });
    const model = new FakeLanguageModel({ reply: ['First.', 'Second.'] });
    await textOf(recorder.around(model, 'x'), 'one');
    expect(await textOf(recorder.around(model, identity), user)).toBe('Second.');
  });

  it('asks a model again that said nothing', async () => {
    const recorder = new Recorder({ folder: await temporaryFolder(), mayAsk: true });
    const model = new FakeLanguageModel({ reply: ['', 'Something.'] });
    expect(await textOf(recorder.around(model, 'x'), 'one')).toBe('');
    expect(await textOf(recorder.around(model, 'x'), 'one')).toBe('Something.');
  });

  it('says what is missing where no model may be asked', async () => {
    const recorder = new Recorder({ folder: await temporaryFolder(), mayAsk: false });
    const model = new FakeLanguageModel({ reply: 'Never.' });
    await expect(textOf(recorder.around(model, 'x'), 'one')).rejects.toThrow(/not been put/);
    expect(recorder.isMissing).toBe(true);
    recorder.take();
    expect(recorder.isMissing).toBe(false);
    expect(model.calls).toHaveLength(0);
  });

  it('keeps nothing of a text that was broken off, and asks again for a file that is damaged', async () => {
    const folder = await temporaryFolder();
    const recorder = new Recorder({ folder, mayAsk: true });
    const model = recorder.around(new FakeLanguageModel({ reply: ['A text of pieces.', 'Another text.'] }), 'x');
    for await (const _ of model.generate(request('one'))) break;
    expect(await readdir(folder)).toEqual([]);
    expect(await textOf(model, 'one')).toBe('Another text.');
    const [file = ''] = await readdir(folder);
    await writeFile(join(folder, file), '{');
    expect(await textOf(model, 'one')).toBe('Another text.');
  });

  it('keeps nothing without a folder', async () => {
    const recorder = new Recorder({ folder: null, mayAsk: true });
    const model = new FakeLanguageModel({ reply: 'Text.' });
    await textOf(recorder.around(model, 'x'), 'one');
    await textOf(recorder.around(model, 'x'), 'one');
    expect(model.calls).toHaveLength(2);
  });
});
