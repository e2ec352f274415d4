import { describe, expect, it } from 'vitest';
import { abbreviationsFor, definitionsIn } from '../../src/retrieval/abbreviations.ts';
import { readQuestion } from '../../src/retrieval/question-words.ts';
import { storedChunk } from '../support/retrieval-fakes.ts';

const found = (...texts: readonly string[]) =>
  texts.map((text, index) => ({ chunk: storedChunk(`d${index}`, 0, text) }));

describe('definitions of abbreviations', () => {
  it.each([
    ['Everybody earns 2.25 days of paid time off (PTO) a month.', 'PTO', 'paid time off'],
    ['PTO (paid time off) is earned by the month.', 'PTO', 'paid time off'],
    ['Beyond the red line personal protective equipment (**PPE**) is worn.', 'PPE', 'personal protective equipment'],
    ['Bremen has 84 full-time equivalents (FTEs).', 'FTE', 'full-time equivalents'],
    ['| Priority 2 (P2) | a team cannot work |', 'P2', 'Priority 2'],
    ['An employee assistance programme, EAP for short, offers sessions.', 'EAP', 'employee assistance programme'],
    ['- **COI**: conflict of interest', 'COI', 'conflict of interest'],
    ['| NDA | non-disclosure agreement |', 'NDA', 'non-disclosure agreement'],
    ['| non-disclosure agreement | NDA |', 'NDA', 'non-disclosure agreement'],
    ['RPO: recovery point objective, how much may be lost', 'RPO', 'recovery point objective'],
    ['SOW stands for statement of work.', 'SOW', 'statement of work'],
    ['# Betriebliche Altersvorsorge (bAV)', 'bAV', 'Betriebliche Altersvorsorge'],
    ['Auf dem Arbeitszeitkonto (AZK) stehen Stunden.', 'AZK', 'Arbeitszeitkonto'],
    ['Der Betriebsrat, kurz BR, tagt donnerstags.', 'BR', 'Betriebsrat'],
    ['Le compte épargne-temps (CET) reçoit dix jours.', 'CET', 'compte épargne-temps'],
  ])('%s', (text, short, long) => {
    expect(definitionsIn(text)).toEqual([{ short, long }]);
  });

  it.each([
    'Call HR (ext 4300) or write to the desk (IT).',
    '| Priority | Meaning |\n| P1 | a site stands still |',
    'The works in Manchester (MA) open at 8.',
    '- **RTT**: days off in Lyon that make up for weekly hours above 35',
    'The report (PDF) and the minutes (see B12).',
  ])('none: %s', (text) => {
    expect(definitionsIn(text)).toEqual([]);
  });
});

describe('a question about what the candidates shorten', () => {
  const glossary =
    '- **PIP**: performance improvement plan\n- **FAT**: factory acceptance test\n- **IT**: information technology\n- **R&D**: research and development';
  const both = (question: string, ...texts: readonly string[]) =>
    abbreviationsFor(question, found(glossary, ...texts))?.inQuestion(question) ?? question;

  it.each([
    ['How long is a PIP?', 'How long is a PIP (performance improvement plan)?'],
    ['how long is a pip', 'how long is a pip (performance improvement plan)'],
    ['Do PIPs end?', 'Do PIPs (performance improvement plan) end?'],
    ['Are Performance-Improvement Plans public?', 'Are Performance-Improvement Plans (PIP) public?'],
    ['Is a performance improvement plan (PIP) public?', 'Is a performance improvement plan (PIP) public?'],
    ['Who plans it?', 'Who plans it?'],
    ['Is the pipe safe?', 'Is the pipe safe?'],
    ['Where is IT?', 'Where is IT (information technology)?'],
    ['WHERE IS IT?', 'WHERE IS IT?'],
    ['İs the PIP over?', 'İs the PIP (performance improvement plan) over?'],
    ['Who pays R & D?', 'Who pays R & D (research and development)?'],
  ])('%s', (question, expected) => {
    expect(both(question)).toBe(expected);
  });

  it('leaves a word alone that is one of any dictionary', () => {
    expect(both('How much fat is in the soup?', 'The soup has little fat.')).toBe('How much fat is in the soup?');
    expect(both('When is the FAT?', 'The soup has little fat.')).toBe('When is the FAT (factory acceptance test)?');
  });

  it('counts texts with either form as having what is asked for, and what is asked for once', () => {
    const asked = readQuestion(
      'How long is a performance improvement plan (PIP)?',
      found(glossary, 'A PIP lasts 90 days.'),
    );
    expect([...asked.words]).toEqual(['long', 'perform', 'improv', 'plan']);
    expect(asked.of('A PIP lasts 90 days.')).toEqual(expect.arrayContaining(['perform', 'improv', 'plan']));
    expect(asked.of('The pip of an apple.')).not.toContain('plan');
    expect(readQuestion('Who ends a PIP?', found(glossary)).of('performance improvement plans')).toContain('pip');
  });

  it('takes an entry of a glossary for an answer only where the meaning is asked for', () => {
    const asking = (question: string) => abbreviationsFor(question, found(glossary));
    expect(asking('How long is a PIP?')?.isBareDefinition('- **PIP**: performance improvement plan')).toBe(true);
    expect(asking('How long is a PIP?')?.isBareDefinition('| FAT | factory acceptance test |')).toBe(true);
    expect(asking('How long is a PIP?')?.isBareDefinition('A performance improvement plan (PIP) lasts 90 days.')).toBe(
      false,
    );
    expect(asking('What does PIP mean?')?.isBareDefinition('- **PIP**: performance improvement plan')).toBe(false);
  });
});

describe('a question is searched with both forms', () => {
  const definition = 'Everybody earns 2.25 days of paid time off (PTO) a month.';
  const asked = (question: string, ...texts: readonly string[]) =>
    abbreviationsFor(question, found(definition, ...texts))?.inQuestion(question);

  it('where the documents hardly write as it does', () => {
    const texts = ['Paid time off is booked by the lead.', 'Paid time off lapses in March.'];
    expect(asked('Who books PTO?', ...texts, 'PTO is fun.')).toBe('Who books PTO (paid time off)?');
    expect(asked('Who books paid time off?', 'PTO is booked by the lead.')).toBe('Who books paid time off (PTO)?');
  });

  it('and not where they write as it does', () => {
    const texts = ['PTO is booked by the lead.', 'PTO lapses in March.'];
    expect(asked('Who books PTO?', ...texts)).toBe('Who books PTO?');
  });
});
