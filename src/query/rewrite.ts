/**
 * A language model condenses a follow-up (conversational query rewriting, after Vakulenko et al., "Question Rewriting for
 * Conversational Question Answering", 2021). What it replies is used as a question only, and only where it looks like one.
 */
import { PerseaError } from '../core/errors.ts';
import { contentWords } from '../core/words.ts';
import { mayReach } from '../egress/egress.ts';
import { sealPrompt } from '../egress/sealed-prompt.ts';
import { replyOf } from '../llm/complete.ts';
import { unreadable } from '../llm/failures-told.ts';
import { renderPrompt } from '../prompts/registry.ts';
import { callGate } from './calls.ts';
import type { EarlierTurn, Standalone } from './condense.ts';
import type { Inquiry } from './inquiry.ts';

const maxOutputTokens = 120;
const maxReplyCharacters = 500;
/** A person waits; the rules are there at once. */
const deadlineMs = 8_000;
/** Of an earlier question in the prompt. */
const turnCharacters = 400;

/** Null where no model may or can do it. Throws only what its caller's own end throws. */
export async function rewriteFollowUp(
  inquiry: Inquiry,
  question: string,
  turns: readonly EarlierTurn[],
): Promise<Standalone | null> {
  const { models, prompts, settings } = inquiry.dependencies;
  const { signal } = inquiry;
  const headings = turns.flatMap((turn) => turn.headings);
  const model = models
    .map((entry) => entry.model)
    .find(
      ({ provider, zone }) =>
        provider !== 'extractive' &&
        headings.every(({ classification }) => mayReach(classification, zone, settings.egress)),
    );
  if (model === undefined) return null;
  const conversation = turns.map(renderTurn).join('\n');
  try {
    const filled = renderPrompt(prompts.choose('condense', model.id), { conversation, question });
    const prompt = sealPrompt(filled, headings, settings.egress);
    const inputTokens = model.tokens.count(prompt.system + prompt.user);
    const gate = callGate(inquiry);
    const asked = await gate.admit(model, { purpose: 'condense', inputTokens, maxOutputTokens });
    const deadline = AbortSignal.timeout(deadlineMs);
    const reply = await replyOf(asked, {
      question,
      prompt,
      maxOutputTokens,
      maxReplyCharacters,
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    });
    const rewritten = questionIn(reply, `${conversation} ${question}`);
    if (rewritten === null) {
      gate.failed('condense', unreadable(model.id, 'condense', 'one question about what was asked'));
      return null;
    }
    const madeFrom = headings.map(({ classification }) => ({ classification }));
    return { question: rewritten, query: rewritten, madeFrom };
  } catch (thrown) {
    signal?.throwIfAborted();
    if (thrown instanceof PerseaError && thrown.code === 'budget-spent') {
      inquiry.warnings.push(`The follow-up was read by rules, not by the model "${model.id}". ${thrown.message}`);
    }
    return null;
  }
}

function renderTurn({ question, headings }: EarlierTurn): string {
  const asked = `Employee: ${oneLine(question).slice(0, turnCharacters)}`;
  return headings.length === 0
    ? asked
    : `${asked}\nAnswered from: ${headings.map(({ text }) => oneLine(text)).join('; ')}`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().toWellFormed();
}

/** One line that speaks of what was asked; a refusal, a list or a text about something else is none. */
export function questionIn(reply: string, spokenOf: string): string | null {
  const lines = reply.split('\n').map((line) => line.trim());
  const [line, ...rest] = lines.filter((text) => text !== '');
  if (line === undefined || rest.length > 0 || reply.length > maxReplyCharacters) return null;
  const bare = line.replace(/^(?:(?:standalone )?question|frage)\s*:\s*/i, '').replace(/^["'“„«]+|["'”“»]+$/gu, '');
  const known = new Set(contentWords(spokenOf));
  const words = contentWords(bare);
  const isAbout = words.length > 0 && words.filter((word) => known.has(word)).length * 2 >= words.length;
  return isAbout ? bare : null;
}
