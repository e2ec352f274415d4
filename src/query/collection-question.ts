/**
 * Questions about the documents themselves, as a whole: how many there are, which there are, what they all say. A search
 * answers none of them, because it counts what it happened to find. Only whole sentences of known shapes are taken for
 * such questions: `how many days of leave` and `how many documents do I need` are ordinary ones.
 */
import { contentWords } from '../core/words.ts';

export interface CollectionQuestion {
  /** count and list: what the catalogue can tell; contents: what only reading every document could. */
  readonly kind: 'count' | 'list' | 'contents';
  readonly language: 'en' | 'de' | 'fr';
  /** Full media types, or the part of a group before its asterisk; any type when absent. */
  readonly mediaTypes?: readonly string[];
  /** Content words that titles must have, and the words as they were written; none for all documents. */
  readonly titleWords: readonly string[];
  readonly topic: string | null;
  /** Only documents dated in it. */
  readonly period?: Period;
  /** Whether the newest documents come first; by name otherwise. */
  readonly isNewestFirst?: true;
  /**
   * Its words may mean something else. `titles`: a search answers it where no title has its words. `first`: so does it for whoever asked
   * something before, for it goes on from that.
   */
  readonly onlyIf?: 'titles' | 'first';
}

/** In calendar units; `ago` so many before the one of now, or a whole year by its number. */
export type Period =
  | { readonly unit: 'day' | 'week' | 'month' | 'year'; readonly ago: 0 | 1 }
  | { readonly year: number };

/** Named by their format, which the catalogue knows. */
const formats: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^pdfs?(?:[ -]?(?:files|documents|dateien|dokumente))?$/i, ['application/pdf']],
  [/^(?:e-?mails|mails|courriels)$/i, ['message/rfc822', 'application/mbox', 'application/vnd.ms-outlook']],
  [
    /^(?:spreadsheets|excel files|csv files|tabellendateien|tableurs)$/i,
    ['text/csv', 'text/tab-separated-values', 'application/vnd.openxmlformats-officedocument.spreadsheetml'],
  ],
  [
    /^(?:presentations|powerpoint files|präsentationen|présentations)$/i,
    ['application/vnd.openxmlformats-officedocument.presentationml', 'application/vnd.oasis.opendocument.presentation'],
  ],
  [
    /^word (?:files|documents|dateien|dokumente)$/i,
    ['application/vnd.openxmlformats-officedocument.wordprocessingml', 'application/msword'],
  ],
];
const plainNouns = /^(?:documents|docs|files|sources|dokumenten?|dateien|unterlagen|quellen|documents|fichiers)$/i;

const noun = {
  en: '(?<noun>documents|docs|files|pdfs?(?: files| documents)?|e-?mails|mails|spreadsheets|excel files|csv files|presentations|powerpoint files|word (?:files|documents)|policies|guidelines|manuals|procedures|handbooks|runbooks|minutes|release notes)',
  de: '(?<noun>dokumenten?|dateien|unterlagen|pdfs?(?:[ -](?:dateien|dokumente))?|e-?mails|mails|tabellendateien|präsentationen|word-?(?:dateien|dokumente)|richtlinien|handbücher|anleitungen|verfahrensanweisungen|protokolle)',
  fr: '(?<noun>documents|fichiers|pdfs?|e-?mails|courriels|tableurs|présentations|politiques|manuels|procédures)',
};
const place = {
  en: '(?: (?:in|on) (?:the|your|our|this|my) (?:(?:whole|entire|document|company) )?(?:collection|knowledge base|index|library|archive|system|store))?(?: (?:in total|altogether|overall))?',
  de: '(?: (?:in|im) (?:der|dem|deiner|unserer|ihrer|unserem)? ?(?:gesamten |ganzen )?(?:sammlung|wissensdatenbank|wissensbasis|index|archiv|ablage))?(?: (?:insgesamt|denn))?',
  fr: '(?: dans (?:la|le|votre|notre|ta) (?:collection|base de connaissances|base|index|archive))?(?: (?:au total|en tout))?',
};
/** A topic of more words than this is a question of its own. */
const topic = {
  en: '(?: (?:about|on|regarding|concerning|related to) (?<topic>(?:\\S+ ?){1,6}))?',
  de: '(?: (?:zu|zum|zur|über|betreffend) (?<topic>(?:\\S+ ?){1,6}))?',
  fr: '(?: (?:sur|concernant|à propos de|au sujet de) (?<topic>(?:\\S+ ?){1,6}))?',
};
const topicNeeded = {
  en: topic.en.slice(0, -1),
  de: topic.de.slice(0, -1),
  fr: topic.fr.slice(0, -1),
};
const there = {
  en: '(?: (?:are there|exist|do (?:you|we|i) have(?: access to)?|have (?:you|we) got|can i (?:see|read|access|open)|may i (?:see|read)|do you know(?: of)?|are (?:available|stored|indexed)))',
  de: '(?: (?:gibt es|existieren|haben wir|hast du|habt ihr|haben sie|kennst du|kennen sie|kann ich (?:sehen|lesen)|darf ich (?:sehen|lesen)|liegen vor|sind (?:vorhanden|verfügbar)))',
  fr: '(?: (?:y a-t-il|il y a|existe-t-il|existent|avons-nous|avez-vous|as-tu|connaissez-vous|puis-je (?:voir|lire)|sont disponibles))',
};
const all = {
  en: '(?:(?:all|every|each)(?: of)? (?:(?:the|our|your|my|these) )?(?:available )?)',
  de: '(?:alle[nr]? (?:(?:unsere|deine|meine|diese|verfügbaren|vorhandenen)n? )?)',
  fr: '(?:tou(?:s|tes) (?:les|nos|vos|mes) )',
};
const polite = {
  en: '(?:please )?(?:(?:can|could|would) you )?(?:please )?',
  de: '(?:bitte )?(?:(?:kannst du|können sie|könntest du|könnten sie) )?(?:mir )?(?:bitte )?',
  fr: "(?:s'il (?:te|vous) plaît,? )?(?:(?:peux-tu|pouvez-vous) )?",
};
const everything = {
  en: `(?:everything(?: (?:(?:that )?(?:you|we) (?:know|have)|there is))?|${all.en}(?:documents|docs|files|policies|content|contents|knowledge)|(?:the|your|our|this) (?:whole|entire|complete|full) (?:collection|knowledge base|document base|library|archive|index)|(?:the|your|our|this) (?:(?:whole|entire|complete|full) )?handbook)`,
  de: `(?:alles(?: (?:was|,? was) (?:du weißt|wir haben|es gibt))?|${all.de}(?:dokumenten?|dateien|unterlagen|inhalte)|die (?:ganze|gesamte) (?:sammlung|wissensdatenbank|wissensbasis|ablage)|(?:das|unser) (?:(?:ganze|gesamte) )?handbuch)`,
  fr: `(?:tout(?: ce que (?:tu sais|vous savez|nous avons))?|${all.fr}(?:documents|fichiers|contenus)|toute la (?:collection|base(?: de connaissances)?)|(?:tout )?(?:le|notre) manuel)`,
};

const changed = {
  en: '(?:(?:have |has |had |were |was )?(?:been )?(?:recently )?(?:new|changed|updated|modified|added|revised|published|issued)|came out)',
  de: '(?:(?:neu|geändert|aktualisiert|hinzugefügt|überarbeitet|veröffentlicht|hinzugekommen)(?: worden)?)',
  fr: '(?:(?:nouveaux|modifiés|ajoutés|changés|mis à jour|publiés|nouvelles|modifiées|ajoutées|mises à jour|publiées))',
};
const periods: readonly (readonly [Period, string])[] = [
  [{ unit: 'day', ago: 0 }, "today|heute|aujourd'hui"],
  [{ unit: 'day', ago: 1 }, 'yesterday|gestern|hier'],
  [{ unit: 'week', ago: 0 }, 'this week|(?:in )?dieser? woche|cette semaine'],
  [{ unit: 'week', ago: 1 }, 'last week|(?:in der )?letzten? woche|la semaine (?:dernière|passée)'],
  [{ unit: 'month', ago: 0 }, 'this month|(?:in )?diese[nm] monat|ce mois(?:-ci)?'],
  [{ unit: 'month', ago: 1 }, 'last month|(?:im )?letzten monat|le mois (?:dernier|passé)'],
  [{ unit: 'year', ago: 0 }, 'this year|(?:in )?diese[sm] jahr|cette année'],
  [{ unit: 'year', ago: 1 }, "last year|(?:im )?letzte[ns] jahr|l'année (?:dernière|passée)"],
];
const period = `(?<period>${periods.map(([, words]) => words).join('|')}|(?:in|im jahr|en)? ?(?:19|20)\\d\\d)`;

type Language = CollectionQuestion['language'];

/** Without `u`, with which they take four times as long to compile, and all of them are for the first question. */
const whole = (body: string) => new RegExp(`^${body}$`, 'i');
const shapes: readonly (readonly [Language, CollectionQuestion['kind'], RegExp])[] = [
  [
    'en',
    'count',
    whole(
      `(?:so )?how many (?:different )?${noun.en}(?:${there.en}| (?:are|exist)(?= (?:in|on) ))${place.en}${topic.en}`,
    ),
  ],
  [
    'en',
    'count',
    whole(
      `(?:(?:what is |what's |tell me )?(?:the )?(?:total )?(?:number|count) of |count )${all.en}?${noun.en}${place.en}${topic.en}`,
    ),
  ],
  [
    'en',
    'list',
    whole(
      `${polite.en}(?:list|show|enumerate|name|give)(?: me)?(?: a (?:full |complete )?list of)? (?:${all.en}|(?:the|our|your) )?${noun.en}(?: (?:that|which)?(?: (?:you|we|i) (?:have|know|can see)| there are| exist))?${place.en}${topic.en}`,
    ),
  ],
  ['en', 'list', whole(`(?:what|which) ${noun.en}${there.en}${place.en}${topic.en}`)],
  [
    'en',
    'contents',
    whole(
      `${polite.en}(?:summari[sz]e|sum up|condense|give (?:me )?an? (?:short |brief )?(?:summary|overview) of|what is in) ${everything.en}`,
    ),
  ],
  [
    'en',
    'contents',
    whole(
      `(?:how many|how often|what are all|list|name|count|find|which|what) (?<topic>.{2,200}) (?:in|across|throughout|over|from) (?:${all.en}(?:documents|files|policies)|(?:the|your|our) (?:whole|entire) (?:collection|knowledge base|library|archive))`,
    ),
  ],
  [
    'en',
    'contents',
    whole(`(?:how many|what|which) (?:documents|files|policies) (?:mention|contain|refer to) (?<topic>.{2,200})`),
  ],
  ['de', 'count', whole(`wie ?viele ${noun.de}(?:${there.de}| sind(?= i[nm] ))${place.de}${topic.de}${place.de}`)],
  [
    'de',
    'count',
    whole(`(?:wie (?:hoch|groß) ist )?(?:die )?(?:anzahl|zahl) (?:der|aller) ${noun.de}${place.de}${topic.de}`),
  ],
  [
    'de',
    'list',
    whole(
      `${polite.de}(?:liste|zeige?|nenne?|gib|zähle?)(?: mir)?(?: bitte)?(?: eine (?:vollständige )?liste)? (?:${all.de}|(?:die|aller) )${noun.de}${place.de}${topic.de}(?: auf| an)?`,
    ),
  ],
  ['de', 'list', whole(`${polite.de}(?:${all.de})${noun.de}${topic.de} (?:auflisten|anzeigen|zeigen|nennen)`)],
  ['de', 'list', whole(`welche ${noun.de}${there.de}${place.de}${topic.de}`)],
  [
    'de',
    'contents',
    whole(
      `${polite.de}(?:fasse?(?: mir)?(?: bitte)? ${everything.de} zusammen|${everything.de} zusammenfassen|gib mir (?:einen überblick|eine zusammenfassung) (?:über|von) ${everything.de})`,
    ),
  ],
  [
    'de',
    'contents',
    whole(
      `(?:wie ?viele|wie oft|liste|nenne?|welche) (?<topic>.{2,200}) (?:in|aus|über) (?:allen|sämtlichen) (?:dokumenten|dateien|unterlagen|richtlinien).{0,40}`,
    ),
  ],
  [
    'de',
    'contents',
    whole(
      `(?:wie ?viele|welche) (?:dokumente|dateien|unterlagen|richtlinien) (?:erwähnen|enthalten|nennen) (?<topic>.{2,200})`,
    ),
  ],
  ['fr', 'count', whole(`combien (?:de |d')${noun.fr}${there.fr}${place.fr}${topic.fr}`)],
  [
    'fr',
    'list',
    whole(
      `${polite.fr}(?:liste[rz]?|montre[rz]?|énumère[rz]?|donne[rz]?)(?:-moi)?(?: la liste de)? ${all.fr}${noun.fr}${place.fr}${topic.fr}`,
    ),
  ],
  ['fr', 'list', whole(`quel(?:le)?s (?:sont les )?${noun.fr}${there.fr}${place.fr}${topic.fr}`)],
  ['fr', 'contents', whole(`${polite.fr}(?:résume[rz]?|fai(?:s|tes|re) (?:un|le) résumé de) ${everything.fr}`)],
];
/** Questions of other shapes, about when documents are from. */
const dated: readonly (readonly [Language, RegExp])[] = [
  ['en', whole(`(?:what|which) ${noun.en}(?: (?:are|is))? ${changed.en} ${period}`)],
  ['en', whole(`(?:what|which) ${noun.en} are (?:from|dated) ${period}`)],
  [
    'en',
    whole(
      `what(?:'s| is| has) (?:new|changed)(?: in (?:the|our|your) (?:documents|files|policies|knowledge base))? ${period}`,
    ),
  ],
  ['de', whole(`welche ${noun.de} (?:sind|wurden|haben sich) ${period} ${changed.de}`)],
  ['de', whole(`welche ${noun.de} (?:sind|stammen) (?:aus|von) ${period}`)],
  ['fr', whole(`quel(?:le)?s ${noun.fr} (?:ont été |sont |ont )?${changed.fr} ${period}`)],
];
const newest: readonly (readonly [Language, RegExp])[] = [
  ['en', whole(`(?:what|which) (?:are|is) (?:the )?(?:newest|latest|most recent) ${noun.en}`)],
  ['en', whole(`${polite.en}(?:list|show)(?: me)? (?:the )?(?:newest|latest|most recent) ${noun.en}`)],
  ['de', whole(`welche ${noun.de} sind (?:die neuesten|am neuesten|neu)`)],
  ['de', whole(`(?:was|welche|welches) sind die neuesten ${noun.de}`)],
  ['fr', whole(`quel(?:le)?s sont les ${noun.fr} les plus récent(?:e)?s`)],
];
/** What can be asked is what the documents are about, so they are the answer. */
const abilities: readonly (readonly [Language, RegExp])[] = [
  [
    'en',
    whole(
      '(?:(?:so )?what can you (?:do|answer|tell me|help(?: me)? with)(?: (?:about|for me|here))?|what can i ask(?: you)?(?: about)?|what do you know(?: about)?|(?:what|which) (?:topics|subjects|areas|questions) (?:do|can) you (?:cover|know|answer)(?: about)?)',
    ),
  ],
  [
    'de',
    whole(
      '(?:was (?:kannst du|können sie)(?: (?:alles|mir|beantworten|sagen|für mich tun))*|was (?:weißt du|wissen sie)(?: alles)?|worüber (?:weißt du|wissen sie) (?:bescheid|etwas)|was kann ich (?:dich |sie )?(?:alles )?fragen|(?:welche|zu welchen) themen (?:kennst du|kennen sie|gibt es))',
    ),
  ],
  [
    'fr',
    whole(
      "(?:que (?:peux-tu|pouvez-vous|sais-tu|savez-vous)(?: (?:faire|répondre))?|à quoi (?:peux-tu|pouvez-vous) répondre|qu'est-ce que (?:tu sais|vous savez|tu peux|vous pouvez)(?: faire)?|quels sujets (?:connais-tu|connaissez-vous|y a-t-il))",
    ),
  ],
];
const unsure: readonly (readonly [
  Language,
  CollectionQuestion['kind'],
  CollectionQuestion['onlyIf'] & string,
  RegExp,
])[] = [
  [
    'en',
    'list',
    'titles',
    whole(
      `(?:do (?:we|you) have|have (?:we|you) got|is there|are there) (?:an?|any|some) (?:document|file|policy|guideline|manual|procedure|handbook|runbook|documents|files|policies|guidelines|manuals|procedures|handbooks|runbooks)${topicNeeded.en}`,
    ),
  ],
  ['en', 'list', 'titles', whole(`${polite.en}(?:list|show)(?: me)? ${all.en}(?<topic>(?:[\\w-]+ ){1,3})${noun.en}`)],
  ['en', 'count', 'first', whole('how many (?<noun>documents|docs|files|policies)')],
  ['en', 'list', 'first', whole('(?:what|which) (?<noun>documents|docs|files|policies)')],
  [
    'de',
    'list',
    'titles',
    whole(
      `(?:gibt es|haben wir|hast du|haben sie) (?:eine?n?|irgendwelche) (?:dokumente?|datei|dateien|richtlinien?|anleitung|anleitungen|handbuch|verfahrensanweisung)${topicNeeded.de}`,
    ),
  ],
  ['de', 'count', 'first', whole('wie ?viele (?<noun>dokumente|dateien|unterlagen|richtlinien)')],
  ['de', 'list', 'first', whole('welche (?<noun>dokumente|dateien|unterlagen|richtlinien)')],
  [
    'fr',
    'list',
    'titles',
    whole(
      `(?:y a-t-il|avons-nous|avez-vous|existe-t-il) (?:une?|des) (?:documents?|fichiers?|politiques?|manuels?|procédures?)${topicNeeded.fr}`,
    ),
  ],
  ['fr', 'count', 'first', whole('combien de (?<noun>documents|fichiers)')],
  ['fr', 'list', 'first', whole('quels (?<noun>documents|fichiers)')],
];
/** Longer ones tell enough to be searched for; it also bounds the time of the expressions. */
const longestQuestion = 300;
/** `documents` and `policies` with neither a verb nor a place are a search of one word. */
const needsMore = whole(`(?:the )?(?:${noun.en})`);

/** Null for every question that a search answers. */
export function collectionQuestion(question: string): CollectionQuestion | null {
  if (question.length > longestQuestion) return null;
  const asked = question
    .normalize('NFC')
    .replaceAll('’', "'")
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\s?!.]+$/u, '');
  if (needsMore.test(asked)) return null;
  for (const [language, kind, shape] of shapes) {
    const match = shape.exec(asked);
    if (match !== null) return { kind, language, ...meantBy(match) };
  }
  for (const [language, shape] of abilities) {
    if (shape.test(asked)) return { kind: 'list', language, titleWords: [], topic: null };
  }
  for (const [language, shape] of dated) {
    const match = shape.exec(asked);
    if (match !== null) return { kind: 'list', language, ...meantBy(match), ...periodIn(match), isNewestFirst: true };
  }
  for (const [language, shape] of newest) {
    const match = shape.exec(asked);
    if (match !== null) return { kind: 'list', language, ...meantBy(match), isNewestFirst: true };
  }
  for (const [language, kind, onlyIf, shape] of unsure) {
    const match = shape.exec(asked);
    if (match !== null) return { kind, language, ...meantBy(match), onlyIf };
  }
  return null;
}

function meantBy(match: RegExpExecArray): Pick<CollectionQuestion, 'mediaTypes' | 'titleWords' | 'topic'> {
  const words = match.groups?.noun ?? '';
  const mediaTypes = formats.find(([name]) => name.test(words))?.[1];
  const isPlain = words === '' || mediaTypes !== undefined || plainNouns.test(words);
  const topicText =
    match.groups?.topic
      ?.trim()
      .replace(/^(?:the (?:topic|subject) of|the|our|(?:das |dem )?thema|den|dem|der|die|das|les?|la) /i, '') ?? '';
  const named = [isPlain ? '' : words, topicText].filter((part) => part !== '').join(' ');
  return {
    ...(mediaTypes === undefined ? {} : { mediaTypes }),
    titleWords: [...new Set(contentWords(named))],
    topic: named === '' ? null : named,
  };
}

function periodIn(match: RegExpExecArray): Pick<CollectionQuestion, 'period'> {
  const said = match.groups?.period ?? '';
  const year = /\d{4}/.exec(said)?.[0];
  if (year !== undefined) return { period: { year: Number(year) } };
  const known = periods.find(([, words]) => whole(`(?:${words})`).test(said))?.[0];
  return known === undefined ? {} : { period: known };
}
