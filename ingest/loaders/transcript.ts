/** Subtitles (WebVTT, SubRip): what is said, joined to paragraphs, each with the second at which it begins. */
import type { ParsedDocument } from '../../src/core/document.ts';
import { PerseaError } from '../../src/core/errors.ts';
import { decodeText } from './decode.ts';
import type { Loader, LoaderInput } from './loader.ts';
import { parsedDocument } from './parsed-document.ts';
import { TextBuilder } from './text-builder.ts';

export const transcriptLoader: Loader = {
  name: 'transcript',
  mediaTypes: ['text/vtt', 'application/x-subrip'],
  async load(input) {
    return loadTranscript(input);
  },
};

interface Cue {
  readonly seconds: number;
  readonly speaker: string | null;
  readonly text: string;
}

/** A paragraph that somebody would look up: about a minute, or as much as fits a passage. */
const paragraphSeconds = 60;
const paragraphCharacters = 900;

function loadTranscript(input: LoaderInput): ParsedDocument {
  const { fileName, mediaType } = input;
  const decoded = decodeText(input.bytes, fileName);
  const cues = cuesOf(decoded.text);
  if (cues.length === 0 && decoded.text.trim() !== '' && !/^WEBVTT/.test(decoded.text)) {
    throw new PerseaError('document-damaged', `Parsed ${fileName} as subtitles: no line of it has a time. Correct it.`);
  }
  const builder = new TextBuilder();
  let open: Cue[] = [];
  const close = () => {
    const first = open[0];
    if (first === undefined) return;
    const text = open.map((cue) => cue.text).join('\n');
    builder.add('paragraph', first.speaker === null ? text : `${first.speaker}: ${text}`, { seconds: first.seconds });
    open = [];
  };
  let length = 0;
  for (const cue of cues) {
    const first = open[0];
    const goesOn =
      first !== undefined &&
      cue.speaker === first.speaker &&
      cue.seconds - first.seconds < paragraphSeconds &&
      length + cue.text.length < paragraphCharacters;
    if (!goesOn) {
      close();
      length = 0;
    }
    open.push(cue);
    length += cue.text.length;
  }
  close();
  const title = /^WEBVTT[^\S\n]+(?:-\s*)?(\S.*)$/m.exec(decoded.text.split('\n', 1)[0] ?? '')?.[1];
  return parsedDocument({
    title: title?.trim() ?? fileName,
    mediaType,
    body: builder,
    warnings: decoded.warnings,
  });
}

const timing = /^(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{3})\s*-->/;

function cuesOf(text: string): readonly Cue[] {
  const cues: Cue[] = [];
  for (const part of text.split(/\n{2,}/)) {
    const lines = part.split('\n');
    const index = lines.findIndex((line) => timing.test(line));
    const match = timing.exec(lines[index] ?? '');
    if (match === null) continue;
    const [, hours = '0', minutes = '0', seconds = '0'] = match;
    const raw = lines.slice(index + 1).join('\n');
    const speaker = /<v(?:\.[^\s<>]*)?\s([^<>]+)>/.exec(raw)?.[1]?.trim() ?? null;
    const said = raw
      .replace(/<[^<>]*>/g, '')
      .replace(/\{\\[^{}]*\}/g, '')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&nbsp;', ' ')
      .replaceAll('&amp;', '&')
      .trim();
    if (said !== '') {
      cues.push({ seconds: Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds), speaker, text: said });
    }
  }
  return cues;
}
