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
  String.raw`(?:(?!(?:not|nicht|pas|never|non|niet|nie|ikke|inte)(?![\p{L}]))[\p{L}\p{N}'’]{1,20}${gap}){0,${count}}?`;
/** For texts in lower case: to compile expressions for both cases takes four times as long, and all of them are compiled for the first question. */
const pattern = (...sources: readonly string[]) =>
  new RegExp(String.raw`(?<![\p{L}\p{N}])(?:${sources.join('|')})(?![\p{L}\p{N}])`, 'gu');

/** As `pattern`, or what needs no bounds of words. */
const either = (unbounded: string, ...sources: readonly string[]) =>
  new RegExp(`${unbounded}|${pattern(...sources).source}`, 'gu');

const orders =
  'instructions?|directions?|directives?|guidelines?|rules?|prompts?|commands?|orders?|constraints?|anweisung(?:en)?|vorgaben?|regeln?|befehle?|eingabeaufforderung|consignes?|règles?|directives?|ordres?|instrucci[oó]n(?:es)?|reglas?|órdenes|indicaciones|istruzioni|regole|ordini|instruções|regras|instructies|opdrachten|regels|instru[kx]tion(?:er|erne|erna)|ohjee?t|ohjeita|pokyny|instrukcj[eai]|polece(?:nia|ń)|zasady|инструкци\\p{L}*|указани\\p{L}*|правил\\p{L}*|التعليمات|الأوامر|القواعد';
const earlier =
  'previous|prior|above|earlier|preceding|following|all|any|every|your|former|initial|original|system|bisherigen?|vorherigen?|obigen?|alle|früheren?|deine|précédent\\p{L}*|ci-dessus|toutes|tes|vos|anterior(?:es)?|previas?|todas|tus|precedenti|tutte|le tue|anteriores|vorige|eerdere|alle|poprzedni\\p{L}*|wszystkie|wcześniejsz\\p{L}*|tidigare|tidligere|alla|aiem(?:mat|pia)|kaikki|předchozí|všechny|предыдущ\\p{L}*|прежни\\p{L}*|все|всё|جميع|كل';
const forget =
  'ignor(?:e|ing|iere|iert|ez|er|a|ar|are)|disregard(?:ing)?|forget|override|overrule|bypass|skip|vergiss|vergessen sie|missachte|überschreibe|oublie(?:z)?|ne tiens? (?:pas|plus) compte|olvida|haz caso omiso|игнорируй(?:те)?|забудь(?:те)?|تجاهل|انس|dimentica|esqueça|ignoreer|negeer|vergeet|zignoruj|zapomnij|pomiń|ignorera|ignor[eé]r|bortse från|glem|glöm|se bort fra|ignoruj(?:te)?|unohda|jätä huomiotta';
/** Assistants are people, too. */
const machine =
  '(?:ai|virtual|digital) assistants?|ai|a\\.i\\.|language models?|llms?|chat ?bots?|chatgpt|gpt(?:-?\\d\\S{0,3})?|bots?|ki(?:-modell)?|sprachmodell|ia|modèle de langage|modelo de lenguaje|modello linguistico|taalmodel|model językowy';
const model = `assistants?(?![\\s\\p{P}]{1,4}(?:manager|director|professor|editor|to the))|assistent|asistente|asystent|${machine}`;

/** What a document's reader does not write, a model does. */
const yourReply =
  '(?:your|deine[rn]?|ihrer?|ta|votre|tu|su|je|uw|tua|sua|twojej) (?:next |final |own |whole |entire )?(?:reply|response|answer|output|antwort|réponse|respuesta|antwoord|risposta|resposta|odpowiedzi)';
/** Changes a text; to send a reply, or to add or mention something in it, is what people ask of each other. */
const alter =
  'adjust|alter|anagram|append|augment|blend|capitali[sz]e|compose|convert|craft|embed|encode|enhance|enrich|garnish|group|hide|incorporate|infuse|inject|insert|integrate|intersperse|introduce|jumble|misspell|mix|modify|promote|rearrange|recommend|remove|rephrase|replace|reverse|rewrite|scramble|season|shuffle|slip|spell|spice|sprinkle|substitute|supplement|swap|tease|transform|translate|turn|twist|utili[sz]e|weave|ersetze|ändere|remplace|modifie|reemplaza|modifica|vervang|sostituisci|inserisci';
const yourCode =
  'your (?:own |current |existing |final )?(?:code(?:base)?|coding|implementation|solution|program(?:ming)?|project|script|software|application|development|repertoire)';
const someCode = '(?:following|subsequent|ensuing|given|provided|next|below) (?:piece of )?code';

/** In scripts without blanks between words, or with endings on them: what came before, and that it is to be ignored. */
const unspaced =
  '(?:忽略|无视|無視|忘记|忘記)[^。.!?！？\\n]{0,6}(?:之前|以前|先前|上述|上面|以上)[^。.!?！？\\n]{0,8}(?:指令|指示|提示|规则|規則)|(?:前|以前|上記|これまで|すべて|全て)の[^。！？\\n]{0,8}(?:指示|命令|ルール|規則)[^。！？\\n]{0,4}(?:無視|忘れ)|(?:이전|위|모든|앞)[^.!?\\n]{0,10}(?:지시|명령|규칙|지침)[^.!?\\n]{0,6}(?:무시|잊)';

/** Each counts at most twice in a window: what is said often is not said more. */
const patterns: Readonly<Record<string, RegExp>> = {
  override: either(
    unspaced,
    `(?:${forget})${gap}${few(3)}(?:${earlier})${gap}${few(3)}(?:${orders})(?!${gap}(?:of thumb|(?:in|on|of) (?:chapter|section|appendix|page|annex)))`,
    `(?:önceki|tüm|yukarıdaki)${gap}${few(2)}(?:talimat|komut|kural|yönerge)\\p{L}*${gap}(?:yok say|görmezden gel|dikkate alma|unut)\\p{L}*`,
    `(?:${forget})${gap}${few(2)}(?:${orders})${gap}${few(2)}(?:above|before|earlier|got|given|oben|zuvor|précédentes|anteriores|precedenti)`,
    `(?:forget|ignore|disregard|vergiss|oublie|olvida)${gap}(?:about${gap})?(?:everything|all|alles|tout|todo)(?:${gap}(?:(?:that${gap})?you${gap}(?:${few(2)}(?:told|taught|given|instructed|programmed)|read|were)|that${gap}(?:was|came)|above|before|what|was|du|ce|lo))`,
    `(?:ignore|disregard|forget)${gap}the${gap}above${gap}(?:and${gap})?instead`,
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
    '(?:you are|enter|enable|activate|now) (?:now )?(?:in )?developer mode',
    'developer mode (?:enabled|activated|output)',
    'dan mode',
    'god mode',
    'unrestricted (?:ai|mode|model)',
    `(?:answer|respond|reply|speak|talk|act|ai|assistant|model|chatbot|gpt)\\p{L}*${gap}${few(4)}(?:no|without(?: any)?) (?:restrictions?|filters?|censorship|rules)`,
    '(?:always|must|will|you) stay in character',
    'never break character',
    '(?:ohne|keine) (?:einschränkungen|filter)',
    'sans (?:aucune )?(?:restriction|filtre|limite)s?',
    'sin (?:restricciones|filtros)',
    'never (?:refuse|reject|decline)(?: to answer| any| a (?:question|request|prompt)| what)',
    "openai(?:'s|’s)? (?:polic(?:y|ies)|content|guidelines?|rules|restrictions?)",
    'entwicklermodus',
    'mode développeur',
  ),
  probe: pattern(
    `(?:reveal|show|print|repeat|output|display|tell|write|leak|give|dump|summari[sz]e|translate|what (?:is|are|was|were)|zeige?|nenne|wiederhole|gib|verrate|affiche|montre|répète|révèle|muestra|repite|revela|mostra|ripeti|toon|herhaal|pokaż|powtórz)${gap}${few(8)}(?:(?:system|hidden|secret) ?prompts?|(?:hidden|secret) instructions?|initial instructions?(?=${gap}(?:you|above|given))|your (?:(?:system|initial|hidden|secret|original|own|exact|full) )?(?:prompts?|instructions?)(?!${gap}(?:for|on|about|regarding|concerning)(?![\\p{L}]))|your (?:system|initial|hidden|secret) (?:message|rules)|system-?prompt|systemanweisung(?:en)?|prompt système|prompt del sistema|instrucciones iniciales|consignes (?:initiales|système)|deine (?:anweisungen|regeln))`,
  ),
  addressed: pattern(
    `(?:dear|attention|note to|message (?:to|for)|hey|hello|as an?|an (?:die|das|den|alle)|hinweis an|à l['’]attention de|nota para)${gap}${few(3)}(?:${machine}|(?:assistant|assistent|asistente|asystent)(?=\\s*[,.:;!]|$))`,
    `instructions? (?:to|for)${gap}${few(3)}(?:${machine})`,
    String.raw`(?:if you are|you,? (?:the|as an?)|you \(?the|wenn du|falls du|si tu es|si eres)${gap}${few(2)}(?:${model})`,
    `(?:the|any) (?:${model}) (?:must|should|shall|will|has to|is to) ${few(2)}(?:ignore|output|append|reveal|recommend|rate)`,
    `(?:the|any) (?:${machine}) (?:must|should|shall|will|has to|is to) ${few(2)}(?:answer|respond|reply|say|add|include|print|approve)`,
    `(?:${machine})${gap}${few(4)}must${gap}${few(2)}(?:answer|respond|reply|say|output|append|print|recommend|rate)`,
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
    'your (?:next |first |only )?(?:response|reply|answer|output) (?:must|should|shall|will) (?:(?:be|contain|consist of) (?:only|exactly|just)|only|always|(?:begin|start|end) with)',
    '(?:begin|start) your (?:next |first )?(?:response|reply|answer|output) with(?= ?["“‘„«])',
    'instead of (?:answering|summari[sz]ing|the answer)',
    `stop everything(?:${gap}(?:you|and|now|just|only|instead)){0,3}${gap}(?:say|print|output|write|answer|reply)`,
  ),
  // The rare words first, then what stands before them: so most of a text costs nothing.
  reply: pattern(
    `${yourReply}(?<=(?<![\\p{L}\\p{N}])(?:${alter})${gap}(?:[^.!?\\n]{0,120} )?(?:(?:in|into|to|of|within|throughout|for|with|from|at|on|zu|à|a|en|dans|nella|aan|do)${gap})?${yourReply})`,
    `(?:in|within|throughout|at the end of|at the start of|dans|en|nella) ${yourReply},`,
  ),
  graft: pattern(`${someCode}[^.!?\\n]{0,100}${yourCode}`, `${yourCode}[^.!?\\n]{0,100}${someCode}`),
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
  const lower = asRead(text).toLowerCase();
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

/** Letters that look like Latin ones, in words that are Latin otherwise. */
const lookalikes: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ...'аaеeоoрpсcуyхxіiѕsјjԁdһhԛqԝwαaεeοoρpνvιiΑAВBЕEΕEΙIІIКKΚKМMΜMНHΗHОOΟOРPΡPСCТTΤTХXΧXУYΥY'.matchAll(/(.)(.)/gu),
  ].map(([, alike = '', latin = '']) => [alike, latin]),
);
const mixedWord = /(?<!\p{L})(?=\p{L}*\p{Script=Latin})(?=\p{L}*[\p{Script=Cyrillic}\p{Script=Greek}])\p{L}+/gu;
const unusual = /[\u00AD\u0250-\u{10FFFF}]/u;
const unseen = /\p{Default_Ignorable_Code_Point}/gu;

/** As a model reads it: without what nobody sees, and without letters that stand for others. */
function asRead(text: string): string {
  if (!unusual.test(text)) return text;
  return text
    .normalize('NFKC')
    .replace(unseen, '')
    .replace(mixedWord, (word) => word.replace(/\p{L}/gu, (letter) => lookalikes[letter] ?? letter));
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
