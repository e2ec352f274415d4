/** A tokenizer.json of the kind that most open models have: byte-level pairs, with a control word of a chat template. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const merges = ['t h', 'th e', 'Ġ the', 'i s', 'Ġ is', 'e r', 'a n', 'o n'];

/** Bytes that print stand for themselves, the others for letters beyond them (Radford et al., GPT-2, 2019). */
function byteCharacters(): readonly string[] {
  const isPrinted = (byte: number) =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
  let beyond = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrinted(byte) ? byte : beyond++));
}

function tokenizerJson(): object {
  const tokens = [...byteCharacters(), ...merges.map((pair) => pair.replace(' ', ''))];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [
      { id: tokens.length, content: '<|im_end|>', single_word: false, lstrip: false, rstrip: false, special: true },
    ],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
}

const folder = mkdtempSync(join(tmpdir(), 'persea-tokenizer-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

export const tokenizerFile = join(folder, 'tokenizer.json');
writeFileSync(tokenizerFile, JSON.stringify(tokenizerJson()));
