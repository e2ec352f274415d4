/** Words that say how the others belong together. They tell a question's language, and nothing of what it is about. */

/** By primary language tag; case and accents folded as `core/words.ts` does. */
const lists = {
  en: 'a an and are as at be been but by can could did do does for from had has have he her him his how i if in into is it its me my no not of on or our she should so such that the their them then there these they this those to was we were what when where which who whom whose why will with would you your',
  de: 'ab aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bekomme bekommen bekommt bin bis da dabei dafur damit dann darf das dass dem den denn der deren des deshalb dessen die dies diese diesem diesen dieser dieses doch dort du durch durfen ein eine einem einen einer eines er es etwas fur gegen geht gibt gilt gelten habe haben hat hatte hier ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in innerhalb ist ja jede jedem jeden jeder jedes kann kein keine keinem keinen keiner konnen lang lange man mein meine meinem meinen meiner mich mir mit muss mussen nach nicht noch nun nur ob oder ohne pro sein seine seinem seinen seiner seit sich sie sind so soll sollen sollte sonst sowie uber um und uns unser unsere unter viel viele vieles vom von vor wahrend wann war waren warum was weil welche welchem welchen welcher welches wem wen wenn wer werde werden wessen weshalb wie wieviel wieviele will wir wird wo woher wohin wofur womit wozu wurde wurden zu zum zur zwischen',
  fr: 'a afin ai ainsi alors apres as au aucun aucune aussi aux avant avec avez avoir avons c ce cela celle celles celui ces cet cette ceux chaque chez combien comme comment d dans de des depuis dois doit doivent donc dont du elle elles en encore entre es est et etait etaient ete etre eux faire fait faut il ils j je jusqu jusque l la laquelle le lequel les leur leurs lors lorsque lui m ma mais me meme mes moi moins mon n ne ni nos notre nous on ont ou par pas pendant peut peuvent peux plus pour pourquoi puis puisque qu quand que quel quelle quelles quelqu quels qui quoi s sa sans se sera serait ses si soit son sont sous suis sur t ta te tes toi ton tous tout toute toutes tres tu un une vers vos votre vous y',
  es: 'a al ante antes como con cual cuales cuando cuanta cuantas cuanto cuantos de del desde donde el ella ellos en entre es esa ese esta estan este esto ha hasta hay la las lo los mas me mi muy no nos o para pero por porque puede puedo que quien se ser si sin sobre son su sus tiene tienen todo todos un una y ya yo',
  it: 'a ai al alla alle anche che chi ci come con cosa da dal dalla degli dei del della delle devo di dove e ed gli ha hanno ho i il in io la le lo ma mi nei nel nella non o per perche piu posso puo qual quale quali quando quanta quante quanti quanto questa questo se si sono su sul sulla tra un una',
  nl: 'aan al als bij dan dat de deze die dit door een en er geen had heb hebben heeft het hoe hoeveel ik in is kan kunnen maar mag met mijn moet moeten naar niet of om onder ook op over te tot uit van veel voor waar waarom wanneer was wat we welk welke wie wij worden wordt ze zijn zo zonder',
  pt: 'a ao aos as com como da das de do dos e em entre essa esse esta este eu foi ha mais mas me meu minha na nao nas no nos o onde os ou para pela pelo por porque posso quais qual quando quanta quantas quanto quantos que quem se sem ser seu sua sao um uma',
  // What is written in kana alone is left out by `contentWords` already.
  ja: '何 誰 何時 何処 事 時 場合 方',
} as const satisfies Readonly<Record<string, string>>;

/** The languages whose function words are known. */
export type KnownLanguage = keyof typeof lists;

export const knownLanguages = Object.keys(lists) as readonly KnownLanguage[];

export function isKnownLanguage(tag: string): tag is KnownLanguage {
  return Object.hasOwn(lists, tag);
}

const sets = new Map<KnownLanguage, ReadonlySet<string>>();

export function functionWordsOf(language: KnownLanguage): ReadonlySet<string> {
  const known = sets.get(language) ?? new Set(lists[language].split(' '));
  sets.set(language, known);
  return known;
}
