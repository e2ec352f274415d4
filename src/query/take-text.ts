/** A model's text as it comes: its draft to whoever asked for one, and each sentence once it is decided. */
import type { AnswerStream } from '../answer/answer-stream.ts';
import type { ReleasedSentence } from '../answer/answer-text.ts';
import { ownRound } from '../core/event-loop.ts';
import type { OutputGuard } from '../guard/output.ts';
import type { FinishReason, GenerateEvent } from '../llm/language-model.ts';
import type { Draft } from './draft.ts';
import type { Inquiry } from './inquiry.ts';
import { eventsOf } from './outcome.ts';
import type { AskEvent } from './question.ts';

/** What came so far; it is there also where the model breaks off. */
export class TakenText {
  text = '';
  readonly released: ReleasedSentence[] = [];
  /** Null until the model says that it is done. */
  finishReason: FinishReason | null = null;
}

/** Throws what the model throws. Ends where the guard lets no more be shown. */
export async function* takeText(
  inquiry: Inquiry,
  events: AsyncIterable<GenerateEvent>,
  taken: TakenText,
  { stream, draft, guard }: { readonly stream: AnswerStream; readonly draft: Draft; readonly guard: OutputGuard },
): AsyncGenerator<AskEvent, void> {
  for await (const event of events) {
    if (event.type === 'finish') {
      taken.finishReason = event.finishReason;
      continue;
    }
    taken.text += event.text;
    await ownRound();
    const decided = inquiry.trace.checking(() => stream.push(event.text));
    yield* draft.written(taken.text, stream.undecided);
    for (const sentence of decided) {
      taken.released.push(sentence);
      yield* eventsOf(sentence);
    }
    if (guard.isFull) break;
  }
}
