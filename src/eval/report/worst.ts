/** The questions that went worst, each with what was found instead of what should have been. */
import { measuredValue, type ResultFile, type ResultQuery } from '../result-file.ts';
import { Html, html } from '../../core/html.ts';

const shownQuestions = 20;
const shownDocuments = 5;
/** Longer questions are cut; nobody reads them whole in a list. */
const shownCharacters = 400;

export function worstQuestions(result: ResultFile, metric: string): Html {
  const worst = result.perQuery
    .flatMap((query) => {
      const value = measuredValue(query, metric);
      // What went as well as it can is no question to look at.
      return value === null || value >= 1 ? [] : [{ query, value }];
    })
    .sort((left, right) => left.value - right.value || bestRank(right.query) - bestRank(left.query))
    .slice(0, shownQuestions);
  if (worst.length === 0) return html`<h3>Worst questions</h3><p>None: each question has the best value there is.</p>`;
  const items = worst.map(({ query, value }) => questionItem(query, metric, value));
  return html`<h3>Worst questions</h3><ol class="worst">${items}</ol>`;
}

function questionItem(query: ResultQuery, metric: string, value: number): Html {
  const { id, question, status, wanted, found } = query;
  const isFound = (documentId: string) => wanted.some((document) => document.id === documentId);
  const wantedItems = wanted
    .slice(0, shownDocuments)
    .map((document) => html`<li>${nameOf(document)} <span class="note">${rankText(document.rank)}</span></li>`);
  const foundItems = found
    .slice(0, shownDocuments)
    .map(
      (document) =>
        html`<li class="${isFound(document.id) || (document.grade ?? 0) > 0 ? 'right' : ''}">${nameOf(document)}</li>`,
    );
  return html`<li><p class="question">${shorten(question ?? id)}</p>
<p class="note">${id}; ${metric} ${value.toFixed(3)}${status === undefined ? '' : `; ${status}`}${query.document === undefined || wanted.length > 0 ? '' : `; the answer stands in ${query.document}`}</p>
${wantedItems.length === 0 ? new Html('') : html`<p>Should have been found:</p><ul>${wantedItems}</ul>`}
${foundItems.length === 0 ? html`<p>Nothing was found.</p>` : html`<p>Was found:</p><ol>${foundItems}</ol>`}</li>`;
}

function nameOf({ id, title }: { readonly id: string; readonly title: string }): Html {
  return title === '' || title === id ? html`<b>${shorten(id)}</b>` : html`<b>${shorten(title)}</b> ${shorten(id)}`;
}

function rankText(rank: number | null): string {
  return rank === null ? 'not found' : `at rank ${rank}`;
}

/** Where the first of the wanted documents stands; worst where none was found. */
function bestRank({ wanted }: ResultQuery): number {
  return Math.min(Number.MAX_SAFE_INTEGER, ...wanted.flatMap(({ rank }) => (rank === null ? [] : [rank])));
}

function shorten(text: string): string {
  return text.length <= shownCharacters ? text : `${text.slice(0, shownCharacters - 1)}…`;
}
