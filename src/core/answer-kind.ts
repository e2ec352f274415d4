/**
 * What kind of value answers a question, as far as its own words tell (`how many`, `wann`, `qui`), and whether a text holds one
 * that the question does not bring along. After the answer types of question answering over documents (Li and Roth, COLING 2002),
 * of which only those are told that show in the writing.
 */

/** number: an amount, also of time or money; time: a point in time; name: a person, firm or place. */
export type AnswerKind = 'number' | 'time' | 'name';

const askedFor: readonly (readonly [AnswerKind, RegExp])[] = [
  [
    'time',
    /\b(?:when (?:is|are|was|were|do|does|did|will|would|can|could|should|shall|must|may|has|have|had)|(?:since|until|till|from|by) when|(?:what|which) (?:year|date|day|weekday|month|time|century|decade)|wann|quand|quel(?:le)?s? (?:\p{L}+ )?(?:jours?|date|mois|heure|année)|um wie viel uhr)\b/iu,
  ],
  [
    'number',
    /\b(?:how (?:many|much|long|far|high|large|big|often|old|tall|heavy|wide|deep|fast|soon|quickly|warm|hot|cold|late|early|loud)|(?:what|which) (?:is |was |are |were )?(?:the )?(?:\p{L}+ ){0,2}(?:number|amount|age|percentage|percent|proportion|share|price|cost|costs|rate|fee|size|weight|length|height|width|depth|temperature|population|value|limit|maximum|minimum|extension|ratio)|wie ?viele?|wie (?:lange?|hoch|oft|weit|groß|schwer|alt|warm|schnell|spät|früh)|combien|quel (?:âge|montant))\b/iu,
  ],
  [
    'name',
    /(?<!\p{L})(?:who|whom|whose|where|(?:what|which) (?:city|country|person|people|team|company|firm|supplier|department|office|state|place|town|university|group|organi[sz]ation)|wer|wen|wem|wessen|wo|qui|où)(?!\p{L})/iu,
  ],
];
/** Without the months that are other words, too: they stand beside a number. */
const timeWord =
  /\b(?:january|february|april|june|july|august|september|october|november|december|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?|century|centuries|spring|summer|autumn|winter|noon|midnight|christmas|easter|immediately|annually|monthly|quarterly|weekly|daily|today|tomorrow|januar|februar|märz|mai|juni|juli|oktober|dezember|montags?|dienstags?|mittwochs?|donnerstags?|freitags?|samstags?|sonntags?|sofort|jährlich|monatlich|wöchentlich|täglich|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|immédiatement)\b/iu;
const amountWord =
  /\b(?:one|once|twice|half|free|several|few|an? (?:day|week|month|year|hour|minute)|dozens?|hundreds?|thousands?|millions?|billions?|weekly|daily|monthly|annually|quarterly|yearly|unlimited|indefinitely|none|double|single|nothing|no limit|einmal|zweimal|halbe?n?|dutzend|unbegrenzt|moitié|douzaine|illimité)\b/iu;
const numberWord =
  /^(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|zwanzig|dreißig|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|quinze|vingt|trente|quarante|cinquante|cent|mille)(?:[-][\p{L}]+)?$/iu;
/** Who is named by an office rather than a name. */
const roleWord =
  /\b(?:manager|director|officer|head|leader|supervisor|chief|president|department|team|desk|council|committee|board|office|reception|representative|secretary|controller|leiter(?:in)?|abteilung|betriebsrat|vorgesetzte[rn]?|responsable|directeur|directrice|service|équipe)\b/iu;
const wordPattern = /[\p{L}\p{N}]+(?:[.,:'’/-][\p{L}\p{N}]+)*/gu;

/** Whether a text names a day, a month or another time in words. */
export function namesTime(text: string): boolean {
  return timeWord.test(text);
}

/** Null where the question's words do not tell. */
export function answerKindOf(question: string): AnswerKind | null {
  const found = askedFor
    .map(([kind, pattern]) => ({ kind, at: pattern.exec(question)?.index ?? Number.POSITIVE_INFINITY }))
    .filter(({ at }) => at !== Number.POSITIVE_INFINITY);
  const [first] = found.sort((a, b) => a.at - b.at);
  return first?.kind ?? null;
}

/**
 * Whether a text holds a value of the kind that does not stand in the question.
 *
 * @param text as it is written: names are told by their capitals
 */
export function holdsKind(kind: AnswerKind, question: string, text: string): boolean {
  const asked = new Set((question.match(wordPattern) ?? []).map((word) => word.toLowerCase()));
  const isNew = (word: string) => !asked.has(word.toLowerCase());
  const words = text.match(wordPattern) ?? [];
  if (kind === 'name') return holdsName(text, isNew);
  if (words.some((word) => /\p{N}/u.test(word) && isNew(word))) return true;
  if (kind === 'time') return namesTime(text);
  return amountWord.test(text) || words.some((word) => numberWord.test(word) && isNew(word));
}

function holdsName(text: string, isNew: (word: string) => boolean): boolean {
  if (/\S@\S/.test(text) || roleWord.test(text)) return true;
  for (const match of text.matchAll(wordPattern)) {
    const before = text.slice(Math.max(0, match.index - 2), match.index);
    // The first word of a sentence is a name only by chance.
    const isFirst = match.index === 0 || /[.!?]\s$/.test(before);
    if (!isFirst && /^\p{Lu}/u.test(match[0]) && isNew(match[0]) && !timeWord.test(match[0])) return true;
  }
  return false;
}

const why =
  /(?<!\p{L})(?:why|how come|what for|for what reason|warum|wieso|weshalb|wozu|aus welchem grund|pourquoi|pour quelle raison)(?!\p{L})/iu;
const reason =
  /(?<!\p{L})(?:because|since|so that|so as|in order to|due to|owing to|therefore|otherwise|reasons?|weil|denn|damit|um|wegen|aufgrund|deshalb|daher|deswegen|sonst|gr[uü]nde?n?|parce qu\p{L}*|car|puisque|afin|pour qu\p{L}*|en raison|à cause|c['’]est pourquoi|sinon|raisons?)(?!\p{L})/iu;

/** Whether a question asks for a reason and a text says that it states one. */
export function givesReason(question: string, text: string): boolean {
  return why.test(question) && reason.test(text);
}
