/** The context lab as one page that works offline: every text of a document stands in it as text. */
import { Html, html } from '../core/html.ts';
import { styles } from '../eval/report/styles.ts';
import type { LabResult, LabRun } from '../query/lab.ts';
import { checksOf } from './lab-checks.ts';

export function labPage({ question, runs, failed = [] }: LabResult): string {
  const page = html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Context lab</title>
<style>${new Html(styles)}
.runs { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem; }
.runs section { min-width: 0; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; max-height: 24rem; overflow-y: auto; }
mark { background: #ffe9a8; color: #000; }
</style>
</head>
<body>
<h1>Context lab</h1>
<p><strong>${question}</strong></p>
${failed.map(({ format, model, message }) => html`<p class="worse">${format} · ${model}: no answer. ${message}</p>`)}
<div class="runs">${runs.map(section)}</div>
</body>
</html>
`;
  return `<!doctype html>\n${page.markup}`;
}

function section(run: LabRun): Html {
  const { answer, format, model, promptTokens, context } = run;
  const claims = answer.claims.map(
    ({ text, support, citations }) =>
      html`<li>${text} <em>${support}, ${citations.map((marker) => `[${marker}]`).join('')}</em></li>`,
  );
  const omitted = answer.context.omitted.map(({ uri, reason }) => html`<li>${uri} (${reason})</li>`);
  return html`<section>
<h2>${format} · ${model}</h2>
<p class="note">${promptTokens} prompt tokens · ${answer.context.passages} passages · $${answer.usage.costUsd.toFixed(4)} · ${(answer.usage.ms.generate / 1000).toFixed(1)} s · ${checksOf(run)}</p>
<p>${answer.text}</p>
${claims.length === 0 ? new Html('') : html`<h3>Checks</h3><ul>${claims}</ul>`}
${answer.warnings.length === 0 ? new Html('') : html`<h3>Warnings</h3><ul>${answer.warnings.map((warning) => html`<li>${warning}</li>`)}</ul>`}
<h3>Context as sent</h3>
<pre>${context === '' ? 'None: no model was asked.' : withQuotesMarked(context, run)}</pre>
${omitted.length === 0 ? new Html('') : html`<h3>Left out</h3><ul>${omitted}</ul>`}
</section>`;
}

/** What the answer cites stands out; a quote that the format wrote otherwise stays unmarked. */
function withQuotesMarked(context: string, { answer }: LabRun): Html {
  const spans = answer.citations
    .map(({ quote }) => ({ start: context.indexOf(quote), length: quote.length }))
    .filter(({ start, length }) => start !== -1 && length > 0)
    .sort((a, b) => a.start - b.start);
  const pieces: Html[] = [];
  let done = 0;
  for (const { start, length } of spans) {
    if (start < done) continue;
    pieces.push(html`${context.slice(done, start)}<mark>${context.slice(start, start + length)}</mark>`);
    done = start + length;
  }
  return html`${pieces}${context.slice(done)}`;
}
