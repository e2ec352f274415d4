import { describe, expect, it } from 'vitest';
import { contentWords } from '../../src/core/words.ts';
import { missingWords, readQuestion } from '../../src/retrieval/question-words.ts';
import { RandomNumbers } from '../support/random-numbers.ts';
import { storedChunk } from '../support/retrieval-fakes.ts';

const chunks = (...texts: readonly string[]) =>
  texts.map((text, index) => ({ chunk: storedChunk(`doc_${index}`, 0, text) }));

describe('the words of a question', () => {
  it('are those of the candidates where a word is a typing error', () => {
    const asked = readQuestion('How large is the miror of the telesocpe?', chunks('The telescope has a mirror.'));
    expect([...asked.readAs]).toEqual([
      ['miror', 'mirror'],
      ['telesocpe', 'telescope'],
    ]);
    expect([...asked.words]).toEqual(contentWords('large mirror telescope'));
  });

  it.each([
    ['a word that stands there, whatever resembles it', 'Who paints the door?', 'He paints. He prints.'],
    ['a short word', 'a tap', 'a map and a tip'],
    ['two words of five letters', 'a steep hill', 'one step up the hill'],
    ['another beginning', 'the planet', 'a blanket'],
    ['a number or a code', 'ERR-4012', 'ERR-4013'],
    ['what is too far away', 'compensation', 'conversation'],
  ])('are their own for %s', (_, question, text) => {
    const asked = readQuestion(question, chunks(text));
    expect(asked.readAs.size).toBe(0);
    expect([...asked.words]).toEqual([...new Set(contentWords(question))]);
  });

  it('stand in German compounds, and are compounds', () => {
    const candidates = chunks('Der Werkschor singt Lieder.', 'Ein Glas mit Honig aus der Imkerei');
    const asked = readQuestion('Wann singt der Chor, und was kostet das Honigglas?', candidates);
    expect(asked.ofChunk(candidates[0]?.chunk ?? storedChunk('none', 0, ''))).toContain('chor');
    expect([...asked.words]).toEqual(expect.arrayContaining(['honig', 'glas']));
    expect(asked.of('Die Chorprobe')).toContain('chor');
  });

  it('are missing where no candidate has them, in a compound of the last one either', () => {
    const candidates = chunks('Der Saal ist groß.', 'Der Saal ist klein.', 'Der Saal und der Werkschor');
    expect(missingWords('Wann singt der Chor im Saal?', candidates)).toEqual(contentWords('singt', { language: 'de' }));
  });

  it('are read in the language of the best candidates where they tell none', () => {
    const german = chunks('Die Verträge werden im Archiv aufbewahrt.', 'Der Vertrag gilt für ein Jahr.');
    expect(readQuestion('Vertrag', german).ofChunk(german[0]?.chunk ?? storedChunk('none', 0, ''))).toContain(
      'vertrag',
    );
    const mixed = chunks('Die Verträge werden im Archiv aufbewahrt.', 'The contract is kept.');
    expect([...readQuestion('Verträge', mixed).words]).toEqual(contentWords('Verträge'));
  });

  it('are missing where no word of any candidate begins or ends with them, however many there are', () => {
    const numbers = new RandomNumbers(7);
    const made = (length: number) =>
      Array.from({ length }, () => 'bdgkmptx'.charAt(Math.floor(numbers.next() * 8))).join('');
    const asked = Array.from({ length: 30 }, () => made(4));
    const compounds = Array.from({ length: 3_000 }, (_, row) => made(7 + (row % 4)));
    const candidates = chunks(
      ...Array.from({ length: 30 }, (_, row) => compounds.slice(row * 100, (row + 1) * 100).join(' ')),
    );
    const question = `Wann und wo wird bei uns über die ${asked.map((part) => `oder die ${part}`).join(' ')} von dem gesprochen?`;
    const words = compounds.flatMap((word) => contentWords(word, { language: 'de' }));
    const lacking = contentWords(question, { language: 'de' }).filter(
      (part) => !words.some((word) => word.length >= part.length + 3 && (word.startsWith(part) || word.endsWith(part))),
    );
    expect(lacking.length).toBeGreaterThan(5);
    expect(lacking.length).toBeLessThan(30);
    expect(missingWords(question, candidates)).toEqual(lacking);
  });

  /** Compared each with each they would take minutes: the time limit of a test is what fails. */
  it('are read among many candidates', () => {
    const many = chunks(
      ...Array.from({ length: 200 }, (_, row) =>
        Array.from({ length: 200 }, (_, word) => `wort${(row * 200 + word).toString(36)}`).join(' '),
      ),
    );
    const question = `über ${Array.from({ length: 600 }, (_, word) => `frage${word.toString(36)}`).join(' ')}`;
    expect(readQuestion(question, many).words.size).toBeGreaterThan(500);
  });
});
