/**
 * Words of which one excludes the other: `must` and `may`, `at least` and `at most`, `before` and `after`, `minimum` and `maximum`. A claim
 * that has the one where its source has the other says something else, though a single word differs.
 */

/** One of such words with the words of content beside it in its clause; absent where there is none. */
export interface Contrast {
  /** Of words that exclude each other. */
  readonly group: number;
  /** Which of them. */
  readonly value: number;
  /** Whether what stands behind it, what stands before it, or the whole sentence holds only so far. */
  readonly narrows: 'word' | 'previous' | 'sentence' | null;
  readonly previous?: string;
  readonly next?: string;
}

/** Each line is a group, its values parted by bars. Folded words, as written. */
const groups = `
must shall required requires require mandatory obligatory compulsory obliged muss müssen doit doivent | may can could might optional kann können darf dürfen peut peuvent | should sollte sollten soll sollen devrait devraient
before vor avant bevor | after nach nachdem après
atleast morethan above minimum minimal | atmost lessthan below maximum maximal
all every each whole entire alle allen aller jede jeder jedes jeden sämtliche tous toutes chaque | half some most few several certain manche einige wenige mehrere meisten quelques certains certaines plusieurs plupart
hourly stündlich | daily täglich quotidien quotidienne | weekly wöchentlich hebdomadaire | monthly monatlich mensuel mensuelle | quarterly vierteljährlich quartalsweise trimestriel trimestrielle | yearly annual annually jährlich annuel annuelle
rise rises rose risen increase increases increased increasing grow grows grew grown steigt stieg gestiegen steigen augmente augmenté | fall falls fell fallen decrease decreases decreased decreasing drop drops dropped shrank shrink shrinks sinkt sank gesunken sinken baisse baissé diminue diminué
allow allows allowed permit permits permitted authorised authorized erlaubt gestattet zulässig autorisé autorisés autorisée autorisées permis | forbid forbids forbidden prohibit prohibits prohibited banned verboten untersagt unzulässig interdit interdits interdite interdites
begin begins began start starts started beginnt begann beginnen commence commencent débute débutent | end ends ended finish finishes finished endet endete enden finit finissent termine terminent
open opens opened öffnet öffnete geöffnet ouvre ouvert ouverte | close closes closed schließt schloss geschlossen ferme fermé fermée
add adds added insert inserts inserted keep keeps kept retain retains retained | remove removes removed delete deletes deleted
buy buys bought purchase purchases purchased acquire acquires acquired kauft kaufte gekauft achète acheté | sell sells sold verkauft verkaufte vend vendu
accept accepts accepted approve approves approved genehmigt akzeptiert accepte accepté approuve approuvé | reject rejects rejected decline declines declined refuse refuses refused deny denies denied abgelehnt verweigert refusé rejeté
include includes included including | exclude excludes excluded excluding except
switchon | switchoff
inside indoors | outside outdoors
internal intern interne internen interner internes | external extern externe externen externer externes
gross brutto brut | net netto
full plein vollzeit | part partial partiel teilzeit
1th | last letzte letzten letzter letztes dernier dernière
noon mittag midi | midnight mitternacht minuit
automatic automatically automatisch | manual manually manuell
temporary temporarily befristet | permanent permanently unbefristet
vorab vorher | nachträglich nachher
left links gauche | right rechts droite
once einmal | twice zweimal
always immer toujours | often oft häufig souvent | sometimes manchmal parfois | rarely seldom selten rarement
extend extends extended verlängert prolongé | shorten shortens shortened verkürzt raccourci
same | different
by | to
from since ab seit depuis | until till bis
earliest frühestens | latest spätestens
only solely exclusively nur ausschließlich seulement uniquement exclusivement
if unless provided wenn falls sofern soweit solange vorausgesetzt si pourvu
who whose
income revenue | expenditure expense
credit | debit
import imports imported | export exports exported
`
  .trim()
  .split('\n')
  .map((line) => line.split('|').map((words) => words.trim().split(' ')));

/** Narrow what is said of the word behind them. */
const limits = new Set(
  (
    'only solely exclusively nur ausschließlich seulement uniquement exclusivement half some most few several certain manche einige wenige mehrere meisten quelques certains certaines plusieurs plupart ' +
    'atleast atmost morethan lessthan may might should darf dürfen sollte sollten'
  ).split(' '),
);
/** Narrow all that is said in their sentence. */
const conditions = new Set(
  'if unless except provided wenn falls sofern soweit solange vorausgesetzt si pourvu'.split(' '),
);
/** Narrow the word before them, where no comma stands between. */
const relatives = new Set(['who', 'whose']);

const valuesByWord = new Map<string, (readonly [group: number, value: number])[]>();
for (const [group, values] of groups.entries()) {
  for (const [value, words] of values.entries()) {
    for (const word of words) valuesByWord.set(word, [...(valuesByWord.get(word) ?? []), [group, value]]);
  }
}

/** @param word in lower case, accents kept */
export function contrastsOf(word: string): readonly Pick<Contrast, 'group' | 'value' | 'narrows'>[] {
  const narrows = limits.has(word)
    ? 'word'
    : conditions.has(word)
      ? 'sentence'
      : relatives.has(word)
        ? 'previous'
        : null;
  return (valuesByWord.get(word) ?? []).map(([group, value]) => ({ group, value, narrows }));
}

function groupOf(word: string): number | undefined {
  return valuesByWord.get(word)?.[0]?.[0];
}

/** Whether the evidence says it of some, in some cases or within bounds only, and the claim without that. */
export function dropsLimit(
  claim: readonly Contrast[],
  evidence: readonly Contrast[],
  said: ReadonlySet<string>,
): boolean {
  return evidence.some(({ group, narrows, previous, next }) => {
    if (narrows === 'sentence') return !claim.some((one) => one.group === group);
    if (narrows === 'previous') {
      return previous !== undefined && next !== undefined && said.has(previous) && !said.has(next);
    }
    if (narrows === null || next === undefined || !said.has(next)) return false;
    return !claim.some((one) => one.group === group && one.next === next);
  });
}

/**
 * Whether one of the claim's words stands beside a word that has another one of its group beside it in the evidence, and never this one.
 * What follows decides; what stands before only where what follows tells nothing, for a subject may have a second part.
 */
export function excludesEachOther(claim: readonly Contrast[], evidence: readonly Contrast[]): boolean {
  return claim.some((said) => {
    const beside = (side: 'previous' | 'next') => {
      if (said[side] === undefined) return null;
      const found = evidence.filter((one) => one.group === said.group && one[side] === said[side]);
      return found.length === 0 ? null : !found.some(({ value }) => value === said.value);
    };
    return beside('next') ?? beside('previous') ?? false;
  });
}

/** Whether the claim says it of one thing alone, and the evidence neither that nor on what condition it holds. */
export function addsLimit(claim: readonly Contrast[], evidence: readonly Contrast[]): boolean {
  const only = groupOf('only');
  return (
    claim.some(({ group, next }) => group === only && next !== undefined) &&
    !evidence.some(({ group, narrows }) => group === only || narrows === 'sentence')
  );
}
