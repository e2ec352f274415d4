/**
 * What a real language model is worth as the judge: claims that the rules leave in doubt (bench/claim-cases.ts), a sample of each kind,
 * put before it one by one as the product does, with what is shown before its verdicts and after them.
 *
 * `npm run eval:judge -- --url http://127.0.0.1:8080/v1 --served NAME [--each 30] [--keep FOLDER]`. Replies are kept, so a run that was
 * ended goes on where it was.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { DoubtfulClaim } from '../src/answer/answer-stream.ts';
import { afterVerdict, judgeQuestion, type Verdict, verdictsIn } from '../src/answer/judge.ts';
import type { Support } from '../src/core/answer.ts';
import { sealPrompt } from '../src/egress/sealed-prompt.ts';
import { sampleOf } from '../src/eval/run-lab.ts';
import { replyOf } from '../src/llm/complete.ts';
import { createOpenAiCompatibleModel } from '../src/llm/openai-compatible.ts';
import { Recorder } from '../src/llm/recorder.ts';
import { createPromptRegistry, renderPrompt } from '../src/prompts/registry.ts';
import { asWritten, type ClaimCase, claimCases, goldMarker } from './claim-cases.ts';
import { cacheDir, publicRules } from './evaluation.ts';
import { machine, print } from './support.ts';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8080/v1' },
    served: { type: 'string', default: 'qwen2.5-coder-1.5b-instruct-q4' },
    each: { type: 'string', default: '30' },
    keep: { type: 'string', default: join(cacheDir, 'judge') },
  },
});
const maxOutputTokens = 64;
const maxReplyCharacters = 2_000;

interface InDoubt extends ClaimCase {
  readonly doubt: DoubtfulClaim;
}

const recorder = new Recorder({ folder: values.keep, mayAsk: true });
const model = recorder.around(
  createOpenAiCompatibleModel({
    id: 'judge',
    baseUrl: values.url,
    model: values.served,
    zone: 'local',
    contextTokens: 8192,
    timeoutMs: 600_000,
  }),
  values.served,
);
const template = createPromptRegistry().choose('judge', model.id);
const cases = [...claimCases()];
const doubtful = cases.flatMap((one): readonly InDoubt[] => {
  const check = one.checker.check(one.claim, [goldMarker]);
  const nearest = check.support === 'none' ? one.checker.nearest(one.claim) : null;
  const isInDoubt = check.support === 'partial' || nearest !== null;
  return isInDoubt ? [{ ...one, doubt: { text: one.claim, check, nearest } }] : [];
});

print(`The judge is ${values.served}; ${cases.length} claims, ${doubtful.length} of them in doubt. ${machine()}\n`);
print(
  '| claims | rules alone | of a kind, in doubt | asked | supported / partly / unsupported / not read | shown before | shown after |',
);
print('|---|---|---|---|---|---|---|');
for (const ofKind of Map.groupBy(doubtful, ({ kind, doubt }) => `${kind}: ${doubt.check.support}`).values()) {
  const sample = sampleOf(ofKind, Number(values.each));
  const verdicts: (Verdict | null)[] = [];
  for (const one of sample) verdicts.push(await verdictOn(one));
  const count = (wanted: Verdict | null) => verdicts.filter((verdict) => verdict === wanted).length;
  const isShown = (support: Support) => support !== 'none';
  const before = sample.filter(({ doubt }) => isShown(doubt.check.support)).length;
  const after = sample.filter(({ doubt }, index) => {
    const verdict = verdicts[index] ?? null;
    return isShown(verdict === null ? doubt.check.support : afterVerdict(doubt, verdict).support);
  }).length;
  const given = [count('supported'), count('partly'), count('unsupported'), count(null)].join(' / ');
  const [first] = ofKind;
  if (first === undefined) continue;
  const { kind } = first;
  const all = cases.filter((one) => one.kind === kind).length;
  print(
    `| ${kind === asWritten ? `${kind} (true)` : kind} | ${first.doubt.check.support} | ${ofKind.length} of ${all} | ${sample.length} | ${given} | ${before} | ${after} |`,
  );
}

/** Null for a reply that is anything else than one verdict. */
async function verdictOn({ doubt }: InDoubt): Promise<Verdict | null> {
  const { asked, ...filled } = judgeQuestion([doubt]);
  if (asked.length === 0) return null;
  const prompt = sealPrompt(renderPrompt(template, filled), [{ classification: 'public' }], publicRules);
  const reply = await replyOf(model, { question: '', prompt, maxOutputTokens, maxReplyCharacters });
  recorder.take();
  return verdictsIn(reply, 1)?.[0] ?? null;
}
