/**
 * How much a text reads like orders to a language model: plain patterns counted in sliding windows and weighed by a logistic model.
 * A signal for logs and policy. It knows some ways of saying such things in some languages, and nothing of what is said in other
 * words, so nothing that must hold relies on it.
 */
import learned from './coefficients/injection.json' with { type: 'json' };

interface Coefficients {
  readonly features: Readonly<
    Record<string, { readonly weight: number; readonly mean: number; readonly scale: number }>
  >;
  readonly intercept: number;
  readonly threshold: number;
}

const coefficients: Coefficients = learned;

export interface InjectionSignal {
  /** Of the window that reads most like it, 0 to 1. */
  readonly probability: number;
  readonly isSuspected: boolean;
  /** Half-open, of that window. */
  readonly start: number;
  readonly end: number;
  /** What was found there, the strongest first. */
  readonly features: readonly string[];
}

export type InjectionFeatures = Readonly<Record<string, number>>;

const windowWords = 60;
const stepWords = 30;
/** Of a text so long only this much is read, from its beginning: what is hidden in it is hidden often. */
const readCharacters = 2_000_000;
const gap = String.raw`[\s\p{P}]{1,4}`;
const few = (count: number) =>
  String.raw`(?:(?!(?:not|nicht|pas|never|non|niet|nie)(?![\p{L}]))[\p{L}\p{N}'’]{1,20}${gap}){0,${count}}?`;
/** For texts in lower case: to compile expressions for both cases takes four times as long, and all of them are compiled for the first question. */
const pattern = (...sources: readonly string[]) =>
  new RegExp(String.raw`(?<![\p{L}\p{N}])(?:${sources.join('|')})(?![\p{L}\p{N}])`, 'gu');

const orders =
  'instructions?|directions?|directives?|guidelines?|rules?|prompts?|commands?|orders?|constraints?|anweisung(?:en)?|vorgaben?|regeln?|befehle?|eingabeaufforderung|consignes?|règles?|directives?|ordres?|instrucci[oó]n(?:es)?|reglas?|órdenes|indicaciones|istruzioni|regole|ordini|instruções|regras|instructies|opdrachten|regels|instrukcj[eai]|polece(?:nia|ń)|zasady';
const earlier =
  'previous|prior|above|earlier|preceding|following|all|any|every|your|former|initial|original|system|bisherigen?|vorherigen?|obigen?|alle|früheren?|deine|précédent\\p{L}*|ci-dessus|toutes|tes|vos|anterior(?:es)?|previas?|todas|tus|precedenti|tutte|le tue|anteriores|vorige|eerdere|alle|poprzedni\\p{L}*|wszystkie|wcześniejsz\\p{L}*';
const forget =
  'ignor(?:e|ing|iere|iert|ez|er|a|ar|are)|disregard(?:ing)?|forget|override|overrule|bypass|skip|vergiss|vergessen sie|missachte|überschreibe|oublie(?:z)?|ne tiens? (?:pas|plus) compte|olvida|haz caso omiso|dimentica|esqueça|ignoreer|negeer|vergeet|zignoruj|zapomnij|pomiń';
const model =
  'assistants?(?![\\s\\p{P}]{1,4}(?:manager|director|professor|editor|to the))|ai|a\\.i\\.|language models?|llms?|chat ?bots?|chatgpt|gpt(?:-?\\d\\S{0,3})?|bots?|ki(?:-modell)?|sprachmodell|assistent|ia|modèle de langage|modelo de lenguaje|asistente|modello linguistico|taalmodel|model językowy|asystent';

/** Each counts at most twice in a window: what is said often is not said more. */
const patterns: Readonly<Record<string, RegExp>> = {
  override: pattern(
    `(?:${forget})${gap}${few(3)}(?:${earlier})${gap}${few(3)}(?:${orders})`,
    `(?:${forget})${gap}${few(2)}(?:${orders})${gap}${few(2)}(?:above|before|earlier|got|given|oben|zuvor|précédentes|anteriores|precedenti)`,
    `(?:forget|ignore|disregard|vergiss|oublie|olvida)${gap}(?:about${gap})?(?:everything|all|alles|tout|todo)(?:${gap}(?:you|that|above|before|what|was|du|ce|lo))`,
  ),
  role: pattern(
    'you are now',
    'from now on,? you',
    '(?:you (?:will|are going to|must)|please) (?:act|behave|pretend|role-?play|play the role|simulate)',
    'pretend (?:to be|that you|you are)',
    'act as (?:if you|an? (?:unrestricted|evil|different|new|ai))',
    'your (?:new )?role is',
    'imagine (?:that )?you are',
    'du bist (?:jetzt|nun|ab sofort)',
    'ab jetzt bist du',
    'tu es maintenant',
    'fais comme si',
    'ahora eres',
    'a partir de ahora',
    'sei ora',
    'je bent nu',
    'jesteś teraz',
    'od teraz jesteś',
  ),
  jailbreak: pattern(
    'jailbreak(?:en|ing)?',
    'do[- ]anything[- ]now',
    'developer mode',
    'dan mode',
    'god mode',
    'unrestricted (?:ai|mode|model)',
    '(?:no|without(?: any)?) (?:restrictions?|filters?|censorship|rules)',
    'stay in character',
    'break(?:ing)? character',
    '(?:ohne|keine) (?:einschränkungen|filter)',
    'sans (?:aucune )?(?:restriction|filtre|limite)s?',
    'sin (?:restricciones|filtros)',
    'never (?:refuse|reject|decline)',
    'openai',
    'entwicklermodus',
    'mode développeur',
  ),
  probe: pattern(
    `(?:reveal|show|print|repeat|output|display|tell|write|leak|give|dump|summari[sz]e|translate|what (?:is|are|was|were)|zeige?|nenne|wiederhole|gib|verrate|affiche|montre|répète|révèle|muestra|repite|revela|mostra|ripeti|toon|herhaal|pokaż|powtórz)${gap}${few(5)}(?:(?:system|initial|hidden|secret|original|your) ?(?:prompts?|instructions?|message|rules)|system-?prompt|systemanweisung(?:en)?|prompt système|prompt del sistema|instrucciones iniciales|consignes (?:initiales|système)|deine (?:anweisungen|regeln))`,
  ),
  addressed: pattern(
    `(?:dear|attention|note to|message (?:to|for)|instructions? (?:to|for)|hey|hello|as an?|an (?:die|das|den|alle)|hinweis an|à l['’]attention de|nota para)${gap}${few(3)}(?:${model})`,
    String.raw`(?:if you are|you,? (?:the|as an?)|you \(?the|wenn du|falls du|si tu es|si eres)${gap}${few(2)}(?:${model})`,
    `(?:the|any) (?:${model}) (?:must|should|shall|will|has to|is to) ${few(2)}(?:ignore|answer|respond|reply|say|output|append|add|include|reveal|print|recommend|rate|approve)`,
  ),
  delimiter:
    /<\|?(?:im_start|im_end|system|endoftext|user|assistant)\|?>|<\/?(?:system|instructions?|assistant|user|prompt|sources?|context)>|\[\/?(?:inst|sys|system)\]|<<\/?sys>>|^\s*#{2,4}\s*(?:system|instruction|new instructions?|human|assistant)s?\s*:?\s*$|^\s*(?:system)\s*:\s|\b(?:begin|end|start) (?:of )?(?:new |system |user )?(?:instructions?|prompt)\b|\[(?:system|admin)[^\]\n]{0,40}\]/gmu,
  secrecy: pattern(
    `(?:do not|don['’]?t|never|without)${gap}(?:ever${gap})?(?:mention|tell(?:ing)?|reveal(?:ing)?|disclose|inform(?:ing)?|let|talk about|say(?:ing)? anything)${gap}${few(5)}(?:user|human|anyone|anybody|them|message|instructions?|prompt|this)`,
    '(?:erwähne|verrate|sage?)(?: dem nutzer)? (?:nichts|das nicht|niemandem)',
    'ne (?:mentionne|dis|révèle)\\p{L}* (?:pas|rien)',
    'no (?:menciones|le digas|reveles)',
    'secretly',
  ),
  dictated: pattern(
    '(?:say|print|output|repeat|write|reply|respond|answer)(?: (?:only|just|exactly))?(?: with)?(?: the (?:words?|phrase|sentence|text))?(?= ?["“‘„«])',
    '(?:respond|reply|answer) (?:only )?with (?:the )?(?:word|phrase|yes|no|ok|approved)',
    '(?:just|only|simply|instead) (?:say|print|output)',
    '(?:answer|reply|respond) (?:only|just) (?:with|by|in)',
    '(?:antworte|antworten sie|schreibe) (?:nur|ausschließlich|immer|stattdessen)',
    'réponds? (?:uniquement|seulement|toujours|plutôt)',
    'responde (?:solo|únicamente|siempre)',
    'rispondi (?:solo|sempre)',
    'antwoord (?:alleen|altijd)',
    'odpowiedz (?:tylko|zawsze)',
  ),
  forced: pattern(
    '(?:your|the|each) (?:next |first |only )?(?:response|reply|answer|output) (?:must|should|shall|will) (?:be|begin|start|end|contain|only|consist)',
    'instead of (?:answering|summari[sz]ing|the answer)',
    'stop everything',
    '(?:to|in|with) (?:your|the) (?:response|reply|answer|output)',
  ),
  fetch: pattern(
    `(?:append|add|insert|embed|include|output|render|display|füge|ajoute|añade|inserisci)${gap}${few(5)}(?:link|image|url|picture|markdown|bild|lien|enlace|imagen|immagine)${gap}${few(6)}(?:to|in|at|of|answer|response|reply|with|zu|an|à|al)`,
    `(?:send|post|transmit|forward|upload|exfiltrate|visit|call|open|fetch|sende|schicke|envoie|envía|invia)${gap}${few(8)}(?:https?|url|link|address|endpoint|webhook|conversation|chat history|gespräch|adresse)`,
    'url-?encode',
  ),
  decode: pattern(
    `(?:decode|decrypt|execute|dekodiere|décode|decodifica)${gap}${few(5)}(?:base64|rot13|hex|string|following|message|text)`,
    'base64',
    'rot13',
  ),
  unlike: pattern(
    '(?:important|attention|urgent|warning|notice|achtung|wichtig)(?:!|:)+ ?(?:new |neue )?(?:instructions?|system|override|anweisung|ai|you must|ignore)',
    'new (?:instructions?|task|orders?|rules)(?: for you)?:',
    'neue (?:anweisung|aufgabe|regeln?):',
    'nouvelles? (?:consignes?|instructions?) ?:',
    'nuevas? instrucci\\p{L}+:',
    'browsing (?:interrupted|disrupted)',
    'minigame',
    'the user has been selected',
    'end (?:the )?browsing',
  ),
};

export const injectionFeatureNames: readonly string[] = [...Object.keys(patterns), 'pairs'];
/** Of one window. */
export function injectionFeatures(text: string): InjectionFeatures {
  const features: Record<string, number> = {};
  const lower = text.toLowerCase();
  let kinds = 0;
  for (const [name, expression] of Object.entries(patterns)) {
    const count = Math.min(2, countOf(lower, expression));
    features[name] = count === 0 ? 0 : count === 1 ? 1 : 1.5;
    if (count > 0) kinds++;
  }
  // Several kinds together are rarer in honest text than the most suspicious one alone.
  features.pairs = Math.max(0, kinds - 1);
  return features;
}

/** Null for a text without a word. */
export function injectionSignal(text: string): InjectionSignal | null {
  let best: Omit<InjectionSignal, 'isSuspected'> | null = null;
  for (const { start, end } of windowsOf(text.slice(0, readCharacters))) {
    const features = injectionFeatures(text.slice(start, end));
    const probability = probabilityOf(features);
    if (best === null || probability > best.probability)
      best = { probability, start, end, features: foundIn(features) };
  }
  return best === null ? null : { ...best, isSuspected: best.probability >= coefficients.threshold };
}

export function* windowsOf(text: string): Generator<{ readonly start: number; readonly end: number }> {
  const ends: { readonly start: number; readonly end: number }[] = [];
  for (const match of text.matchAll(/\S{1,200}/gu)) {
    ends.push({ start: match.index, end: match.index + match[0].length });
    if (ends.length < windowWords) continue;
    yield { start: ends[0]?.start ?? 0, end: ends.at(-1)?.end ?? 0 };
    ends.splice(0, stepWords);
  }
  if (ends.length > 0) yield { start: ends[0]?.start ?? 0, end: ends.at(-1)?.end ?? 0 };
}

function probabilityOf(features: InjectionFeatures): number {
  let sum = coefficients.intercept;
  for (const [name, { weight, mean, scale }] of Object.entries(coefficients.features)) {
    sum += (weight * ((features[name] ?? 0) - mean)) / scale;
  }
  return 1 / (1 + Math.exp(-sum));
}

function foundIn(features: InjectionFeatures): readonly string[] {
  return Object.keys(patterns).filter((name) => (features[name] ?? 0) > 0);
}

function countOf(text: string, expression: RegExp): number {
  let count = 0;
  for (const _ of text.matchAll(expression)) if (++count >= 6) break;
  return count;
}
