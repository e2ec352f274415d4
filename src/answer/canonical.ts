/**
 * The words of a claim or a source in the form in which they are compared: numbers, dates and currencies written one way,
 * words folded and stemmed. Both sides go through the same function, so an ambiguous notation costs nothing.
 */
import { Memo } from '../core/memo.ts';
import { isNegation } from '../core/negation.ts';
import { plainText } from '../core/readable.ts';
import { contentWords, wordSequence } from '../core/words.ts';
import { type Contrast, contrastsOf } from './contrasts.ts';
import { withElidedUnits } from './elided-units.ts';
import { articleOf, isGermanArticle } from './german-articles.ts';
import { verbOf } from './irregular-verbs.ts';
import { isNounPlace } from './noun-place.ts';
import { numberOfWord, withDigits } from './number-words.ts';
import { withOneNotation } from './phrases.ts';
import { isPreposition } from './prepositions.ts';
import { unitOf, readNumber, withOneAmount, withUnitsApart } from './quantities.ts';
import { isReporting } from './reporting-words.ts';
import { commonForm } from './synonyms.ts';
import { inActiveOrder } from './voice.ts';

export interface CanonicalWord {
  readonly form: string;
  readonly isNumber: boolean;
  /** Written like a name or a code: capitalised inside a sentence, or letters mixed with digits. */
  readonly isName: boolean;
  /** In clauses of one index it stands under the same negation. */
  readonly clause: number;
  /** What stands between it and the content word before it, apart from articles: a preposition, a joint, nothing. */
  readonly lead: string;
  /** Of a German noun; empty where there is none. */
  readonly article: string;
  /** Where most likely a noun, or what describes one, stands; never of numbers and names. */
  readonly isNoun: boolean;
  /** Behind a negation in its clause. */
  readonly isDenied: boolean;
  /** Words of one number stand behind one `without`, which denies them alone; 0 for all others. */
  readonly lacked: number;
}

/** Leads by which words stand in a list: `Kurt and Blaine`; and by which one is said to be the other: `A is B`. */
export const joint = 'joint';
export const copula = 'copula';

export interface Analysis {
  /** All words as written, folded, for the verbatim check: ` parental leave is 26 weeks `. */
  readonly sequence: string;
  /** Content words in text order; those of a passive in the order of the active. */
  readonly words: readonly CanonicalWord[];
  readonly forms: ReadonlySet<string>;
  /** How often it is denied, by index of the clause. */
  readonly negations: readonly number[];
  /** Its words that exclude others, in text order. */
  readonly contrasts: readonly Contrast[];
}

const monthNames = [
  'january|januar|janvier|jan',
  'february|februar|février|fevrier|feb',
  'march|märz|mars|mar',
  'april|avril|apr',
  'may|mai',
  'june|juni|juin|jun',
  'july|juli|juillet|jul',
  'august|août|aout|aug',
  'september|septembre|sept|sep',
  'october|oktober|octobre|oct|okt',
  'november|novembre|nov',
  'december|dezember|décembre|decembre|dec|dez',
].map((names) => names.split('|'));
const monthNumbers = new Map(monthNames.flatMap((names, index) => names.map((name) => [name, index + 1] as const)));
const anyMonth = [...monthNumbers.keys()].sort((a, b) => b.length - a.length).join('|');
const dayFirst = new RegExp(
  `\\b(\\d{1,2})(?:st|nd|rd|th|er|\\.)?\\s+(?:of\\s+)?(${anyMonth})\\b\\.?(?:,?\\s+(\\d{4})\\b)?`,
  'giu',
);
const monthFirst = new RegExp(
  `\\b(${anyMonth})\\.?\\s+(\\d{1,2})(?:st|nd|rd|th)?\\b(?!\\s*(?:${anyMonth}))(?:,?\\s+(\\d{4})\\b)?`,
  'giu',
);
const monthAndYear = new RegExp(`\\b(${anyMonth})\\.?,?\\s+(\\d{4})\\b`, 'giu');
/** `may` and `march` alone are verbs as often as months. */
const monthAlone = new RegExp(
  `\\b(${anyMonth
    .split('|')
    .filter((name) => name.length > 4 && name !== 'march')
    .join('|')})\\b`,
  'giu',
);
const isoDate = /\b(\d{4})-(\d{2})-(\d{2})\b/g;
const dottedDate = /\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b/g;

/** They deny nothing of what is said: `it was not until 1891 that …`, `not only … but …`. */
const emptyNegations = [
  /(?<=\bit (?:is|was) )not (?=until\b)/giu,
  /\bnot only\b(?=.*\bbut\b)/giu,
  /(?<=\bneither\b.{1,200})\bnor\b/giu,
];

/** They deny no clause, but what stands behind them. */
const lacks = new Set(['without', 'ohne', 'sans']);
/** May stand between it and what is lacked. */
const articles = new Set('a an the any ein eine einen einer un une le la les l'.split(' '));
/** Of the French negation, behind `ne` or `n'`. */
const secondHalves = new Set('pas plus jamais rien personne aucun aucune point'.split(' '));
/** `It failed to open` denies that it opened. */
const failure = /^fail(?:s|ed|ing)?$/;
/** Function words of the other languages; English ones are left out by the keyword words already. */
const otherStopWords = new Set(
  (
    'der die das den dem des ein eine einen einem einer eines und oder ist sind war waren wird werden im in am an auf aus bei mit nach von vom zu zum zur für als auch es er sie wir ihr man sich dass ' +
    'le la les un une des du de et ou est sont au aux en dans pour par sur avec que qui ce cette ces se sa son ses il elle on nous vous leur'
  ).split(' '),
);
/** Endings of Japanese verbs and adjectives that deny; what must be done is said with two of them, which deny nothing. */
const japaneseNegation = /ない|なかった|なく|ません|ずに/u;
const japaneseObligation = /な(?:けれ|きゃ|いと|くて)[はば]?(?:なら|なり|いけ|だめ|駄目)(?:ない|なかった|ません)?/gu;
/** Particles and auxiliary verbs of Japanese: they stand in every sentence. */
const japaneseParticles = new Set(
  'は が を に で と も の へ や か から まで より です ます まし た て し する さ れ いる い ある あり くだ さい ください ださい こと もの'.split(
    ' ',
  ),
);

const joints = new Set('and or & und oder et ou'.split(' '));
const copulas = new Set('is are was were be been ist sind war waren est sont était'.split(' '));

const clauseBreak =
  /[、；：（）]|[,;:()](?=\s)|\s[–—-]\s|\b(?:but|however|although|though|whereas|while|aber|jedoch|sondern|mais)\b|\s(?:and|or)\s(?=(?:may|must|can|could|should|shall|will|do|does|is|are|was|were|has|have)\b)/giu;
const condition =
  /^\W*(?:if|when|whenever|where|unless|in case|should you|wenn|falls|sofern|si|quand|lorsque|en cas)\b/iu;
const flatlyDenied = /\b(?:must|may|shall|should|do|dürfen|darf|sollen|soll)\s+(?:not|never|nicht|nie|niemals)\s*$/iu;
const token = /[\p{L}\p{N}]+(?:[-_./:'’,][\p{L}\p{N}]+)*/gu;

/** A sentence of a source is held against each sentence of an answer's, and against other sources. Some ten megabytes at most. */
const analyses = { claims: new Memo<string, Analysis>(1_000), sources: new Memo<string, Analysis>(4_000) };
/** Longer texts are no sentences, and would make the memo's size depend on them. */
const longestRemembered = 600;

/** @param isClaim takes the first word of a sentence for no name and leaves reporting words out */
export function analyse(text: string, options: { readonly isClaim?: boolean } = {}): Analysis {
  if (text.length > longestRemembered) return analyseAnew(text, options);
  const known = options.isClaim === true ? analyses.claims : analyses.sources;
  return known.getOrMake(text, () => analyseAnew(text, options));
}

function analyseAnew(text: string, options: { readonly isClaim?: boolean }): Analysis {
  const plain = plainText(text).normalize('NFKC').replaceAll('’', "'");
  const words: CanonicalWord[] = [];
  const negations: number[] = [];
  const contrasts: Contrast[] = [];
  let isFirst = true;
  let lead = '';
  let open: Contrast[] = [];
  let isAfterColon = false;
  let lackings = 0;
  for (const [clause, { piece, isLeadIn, isDenied }] of clausesOf(uniform(plain)).entries()) {
    negations.push(Number(isDenied) + (japaneseNegation.test(piece.replace(japaneseObligation, '')) ? 1 : 0));
    const parts = inActiveOrder(piece).map((span) => ({ span, words: [] as CanonicalWord[] }));
    if (clause > 0 && lead === '') lead = joint;
    /** `ne … pas` denies once. */
    let isHalfDenied = false;
    let previous: string | undefined;
    let isLacked = false;
    let isCounted = false;
    let article = '';
    const tokens = [...piece.matchAll(token)];
    const spelled = tokens.map(([written]) => written.toLowerCase());
    for (const [at, match] of tokens.entries()) {
      const written = match[0];
      const folded = written.toLowerCase();
      const isFailure = failure.test(folded) && /^\s+to\b/.test(piece.slice(match.index + written.length));
      if (isHalfDenied && secondHalves.has(folded)) {
        isHalfDenied = false;
        continue;
      }
      // Not by their stems, or nobody could be informed for `information`.
      if (options.isClaim === true && isReporting(spelled, at)) {
        isFirst = false;
        isCounted = false;
        continue;
      }
      const isElided = folded.startsWith("n'") && folded !== "n't";
      isHalfDenied ||= folded === 'ne' || isElided;
      if (isElided) negations[clause] = (negations[clause] ?? 0) + 1;
      if (lacks.has(folded)) {
        lackings++;
        isLacked = true;
        lead = folded;
        isFirst = false;
        continue;
      }
      if (isNegation(folded) || isFailure) {
        isLacked = false;
        negations[clause] = (negations[clause] ?? 0) + 1;
        isFirst = false;
        // `unless` and `except` narrow what they deny for the rest.
        open.push(...contrastsOf(folded));
        continue;
      }
      const part = parts.find(({ span }) => match.index >= span.start && match.index < span.end);
      const found = canonicalWords(isElided ? written.slice(2) : written, {
        clause,
        lead,
        article: articleOf(article, folded),
        isNoun: isNounPlace(spelled, at),
        isDenied: (negations[clause] ?? 0) > 0,
        lacked: isLacked ? lackings : 0,
        isFirst,
        isCounted: isCounted || lead === 'per',
      });
      if (isGermanArticle(folded)) article = folded;
      else if (found.some((word) => word.isName || word.isNumber) || isPreposition(folded)) article = '';
      else article = articleOf(article, folded);
      isCounted = found.length === 1 && found[0]?.isNumber === true;
      isLacked &&= found.length > 0 || articles.has(folded);
      part?.words.push(...found);
      const excluding = contrastsOf(folded);
      const next = found[0]?.form;
      if (excluding.length > 0) {
        open.push(...excluding.map((one) => ({ ...one, ...(previous === undefined ? {} : { previous }) })));
      } else if (next !== undefined) {
        contrasts.push(...open.map((one) => ({ ...one, next })));
        open = [];
        previous = found.at(-1)?.form;
      }
      lead = found.length > 0 && folded !== 'one' ? '' : leadAfter(lead, folded);
      isFirst = false;
    }
    // What stands last before a colon speaks of what follows it: `staff may: borrow a laptop`.
    if (!isLeadIn) {
      contrasts.push(...open);
      open = [];
    }
    const said = parts.flatMap((part) => part.words);
    words.push(...said);
    // `bonus: none` denies the bonus.
    if (said.length === 0 && isAfterColon) {
      negations[clause - 1] = (negations[clause - 1] ?? 0) + (negations[clause] ?? 0);
      negations[clause] = 0;
    }
    isAfterColon = isLeadIn;
  }
  const forms = new Set(words.map((word) => word.form));
  return { sequence: wordSequence(plain), words: withElidedUnits(words, joint), forms, negations, contrasts };
}

interface Clause {
  readonly piece: string;
  readonly isLeadIn: boolean;
  /** Denied before a colon in an earlier clause. */
  readonly isDenied: boolean;
}

/** A clause is a lead-in if a colon ends it. One that denies what follows is one clause with it. */
function clausesOf(text: string): readonly Clause[] {
  const clauses: Clause[] = [];
  let start = 0;
  let isDenied = false;
  let denies = false;
  for (const { index, 0: found } of text.matchAll(clauseBreak)) {
    const piece = text.slice(start, index);
    const isLeadIn = found === ':' || found === '：';
    if (isLeadIn && deniesWhatFollows(piece)) {
      denies = true;
      continue;
    }
    clauses.push({ piece, isLeadIn, isDenied });
    isDenied ||= denies;
    start = index + found.length;
  }
  return [...clauses, { piece: text.slice(start), isLeadIn: false, isDenied }];
}

/** `You must not: share keys` denies what comes after the colon, `if it does not start: call IT` does not. */
function deniesWhatFollows(leadIn: string): boolean {
  if (condition.test(leadIn) && !flatlyDenied.test(leadIn)) return false;
  return [...leadIn.matchAll(token)].some(([word]) => isNegation(word.toLowerCase()) && !lacks.has(word.toLowerCase()));
}

/** As if the texts stood one after the other, each with clauses of its own. */
export function joinAnalyses(first: Analysis, second: Analysis): Analysis {
  const offset = first.negations.length;
  const lackings = Math.max(0, ...first.words.map(({ lacked }) => lacked));
  const moved = second.words.map((word) => ({
    ...word,
    clause: word.clause + offset,
    lacked: word.lacked === 0 ? 0 : word.lacked + lackings,
  }));
  return {
    sequence: `${first.sequence}${second.sequence.trimStart()}`,
    words: [...first.words, ...moved],
    forms: new Set([...first.forms, ...second.forms]),
    negations: [...first.negations, ...second.negations],
    contrasts: [...first.contrasts, ...second.contrasts],
  };
}

/** The stemmer knows English; in other languages endings of up to two letters are let pass. */
export function hasForm(analysis: Analysis, form: string): boolean {
  if (analysis.forms.has(form)) return true;
  if (form.length < 6 || /\p{N}/u.test(form)) return false;
  for (const other of analysis.forms) {
    if (Math.abs(other.length - form.length) > 2 || other.length < 6) continue;
    if (other.startsWith(form) || form.startsWith(other)) return true;
  }
  return false;
}

/** Dates, times, currencies and grouped digits in one notation; a date becomes a month-and-day word and a year. */
function uniform(text: string): string {
  let result = withOneAmount(
    withOneNotation(withUnitsApart(withDigits(text))).replace(/(?<=\b\d{1,3})[\s'](?=\d{3}\b)/g, ''),
  );
  for (const pattern of emptyNegations) result = result.replace(pattern, '');
  const monthOf = (name: string) => monthNumbers.get(name.toLowerCase()) ?? 0;
  const date = (day: string | undefined, month: number, year: string | undefined) =>
    ` month${month} ${day === undefined ? '' : `month${month}day${Number(day)} `}${year ?? ''} `;
  if (/\d/.test(result)) {
    result = result
      .replace(isoDate, (_, year: string, month: string, day: string) => date(day, Number(month), year))
      .replace(dottedDate, (_, day: string, month: string, year: string) => date(day, Number(month), year))
      .replace(dayFirst, (_, day: string, month: string, year?: string) => date(day, monthOf(month), year))
      .replace(monthFirst, (_, month: string, day: string, year?: string) => date(day, monthOf(month), year))
      .replace(monthAndYear, (_, month: string, year: string) => date(undefined, monthOf(month), year));
  }
  return result.replace(monthAlone, (_, month: string) => date(undefined, monthOf(month), undefined));
}

/** The last preposition counts, else a joint. */
function leadAfter(lead: string, word: string): string {
  if (isPreposition(word)) return word;
  if (lead !== '') return lead;
  return joints.has(word) ? joint : copulas.has(word) ? copula : lead;
}

interface Place extends Pick<CanonicalWord, 'clause' | 'lead' | 'article' | 'isNoun' | 'isDenied' | 'lacked'> {
  readonly isFirst: boolean;
  /** Behind a number or `per`, where abbreviations are units. */
  readonly isCounted: boolean;
}

function canonicalWords(written: string, { isCounted, ...at }: Place): CanonicalWord[] {
  const { lead, isNoun, isFirst, ...place } = at;
  const number = numberOf(written);
  const bare = { ...place, isNumber: false, isName: false, isNoun: false, lead };
  if (number !== null) return [{ ...bare, form: number, isNumber: true }];
  if (/^(?:month\d+(?:day\d+)?|clock\d+m\d+)$/.test(written)) return [{ ...bare, form: written, isNumber: true }];
  const unit = unitOf(written, isCounted);
  if (unit !== undefined) return contentWords(unit).map((form) => ({ ...bare, form, isNoun }));
  const stem = written.replace(/'s?$/u, '');
  if (otherStopWords.has(stem.toLowerCase())) return [];
  const isCode = /\p{L}/u.test(stem) && /\p{N}/u.test(stem);
  const isName = isCode || (/^\p{Lu}/u.test(stem) && !(isFirst && /^\p{Lu}\p{Ll}*$/u.test(stem)));
  const forms = contentWords(isName ? stem : verbOf(stem.toLowerCase()));
  // IT is a department, `it` a stop word.
  if (forms.length === 0 && /^\p{Lu}{2,}$/u.test(stem)) return [{ ...bare, form: stem, isName: true }];
  return forms
    .filter((form) => !isCompound(form) && !japaneseParticles.has(form))
    .map((form, index) => ({
      ...bare,
      form: isName ? form : commonForm(form),
      isName,
      isNoun: isNoun && !isName,
      lead: index === 0 ? lead : '',
    }));
}

/** `first-class` counts by its parts, so that `first class` is the same; a code counts as a whole too. */
function isCompound(form: string): boolean {
  return /[-_./]/.test(form) && !/\p{N}/u.test(form);
}

function numberOf(written: string): string | null {
  const worded = numberOfWord(written.toLowerCase());
  if (worded !== null) return String(worded);
  // The fourth day is not four days.
  if (/^\d+th$/i.test(written)) return written.toLowerCase();
  const [, minus = '', digits] = /^(minus)?(\d[\d.,]*)$/.exec(written) ?? [];
  if (digits === undefined) return null;
  return `${minus}${readNumber(digits) ?? digits}`;
}
