/** A run of the lab over a dataset as one page that works offline: the ranking, its intervals, and where settings differ. */
import { Html, html } from '../core/html.ts';
import type { LabReport, LabStanding } from '../eval/lab-standings.ts';
import { intervalChart, signed } from '../eval/report/charts.ts';
import { styles } from '../eval/report/styles.ts';
import type { LabAnswer } from '../eval/run-lab.ts';

const shownQuestions = 20;

export function labReportPage(report: LabReport): string {
  const { dataset, questions, reference, seed, standings } = report;
  const compared = standings.filter(({ against }) => against !== null);
  const rows = compared.map(({ format, model, against }) => ({
    label: `${format} · ${model}`,
    mean: against?.difference ?? 0,
    interval: against?.interval ?? null,
  }));
  const chart =
    rows.length === 0
      ? new Html('')
      : html`<h2>Difference of correct to ${reference.format} · ${reference.model}</h2>${intervalChart('Difference of correct to the reference', rows)}`;
  const page = html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Context lab</title>
<style>${new Html(styles)}</style>
</head>
<body>
<h1>Context lab</h1>
<p>${dataset}: ${questions} questions for each setting, the best setting first.</p>
<p class="note">Differences are paired by question; intervals hold 95 % of 10,000 bootstrap samples, drawn by document where the document is known; seed ${seed}. A citation counts as right where its passage holds four fifths of the words of its sentence.</p>
<div class="wide"><table><tr><th>format</th><th>model</th><th>correct</th><th>against the reference</th><th></th><th>wrong refusals</th><th>right refusals</th><th>citations right, as written</th><th>as shown</th><th>prompt tokens</th><th>seconds</th><th>first checked sentence</th><th>cost</th></tr>${standings.map(row)}</table></div>
${chart}
${differingQuestions(report)}
</body>
</html>
`;
  return `<!doctype html>\n${page.markup}`;
}

function row(standing: LabStanding): Html {
  const { format, model, correct, against, wrongRefusals, rightRefusals, before, after } = standing;
  const interval = against?.interval ?? null;
  const difference =
    against === null
      ? 'reference'
      : `${signed(against.difference)}${interval === null ? '' : ` (${signed(interval[0])} to ${signed(interval[1])})`}`;
  return html`<tr><th>${format}</th><td>${model}</td><td>${correct.toFixed(3)}</td><td>${difference}</td><td class="${against?.verdict ?? ''}">${against?.verdict ?? ''}</td><td>${fixed(wrongRefusals)}</td><td>${fixed(rightRefusals)}</td><td>${fixed(before.citationPrecision)}</td><td>${fixed(after.citationPrecision)}</td><td>${fixed(standing.inputTokens, 0)}</td><td>${fixed(standing.seconds, 1)}</td><td>${fixed(standing.firstCheckedSeconds, 1)} s</td><td>$${standing.costUsd.toFixed(4)}</td></tr>`;
}

/** Where the settings do not agree, for whoever wants to know why one is better. */
function differingQuestions({ answers }: LabReport): Html {
  const differing = [...Map.groupBy(answers, ({ id }) => id).values()].filter(
    (ofQuestion) => new Set(ofQuestion.map(({ isCorrect }) => isCorrect)).size > 1,
  );
  if (differing.length === 0) return new Html('');
  return html`<h2>Questions on which they differ</h2>
<p class="note">${differing.length} questions, the first ${Math.min(shownQuestions, differing.length)} of them. Texts are as the model wrote them, before any check.</p>
${differing.slice(0, shownQuestions).map(differingQuestion)}`;
}

function differingQuestion(ofQuestion: readonly LabAnswer[]): Html {
  const rows = ofQuestion.map(
    ({ format, model, isCorrect, status, reason, generated }) =>
      html`<tr><th>${format} · ${model}</th><td>${isCorrect ? 'right' : 'wrong'}</td><td>${reason === null ? status : `${status}, ${reason}`}</td><td>${generated?.text ?? ''}</td></tr>`,
  );
  return html`<details><summary>${ofQuestion[0]?.question ?? ''}</summary><div class="wide"><table>${rows}</table></div></details>`;
}

function fixed(value: number | null, digits = 3): string {
  return value === null ? '–' : value.toFixed(digits);
}
