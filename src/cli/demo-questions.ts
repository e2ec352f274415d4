/** The six questions of the demonstration; each is a case of fixtures/cases.jsonl, which says what is right. */

export interface DemoQuestion {
  readonly person: string;
  readonly who: string;
  readonly question: string;
  readonly shows: string;
}

export const demoQuestions: readonly DemoQuestion[] = [
  {
    person: 'ben.foster',
    who: 'Ben, assembly operator',
    question: 'How much may I spend on a hotel in Germany per night?',
    shows: 'an answer from a table, of the newer of two policies',
  },
  {
    person: 'ruth.calder',
    who: 'Ruth, support engineer',
    question: 'What does alarm A-09 mean on the Aquilo 400?',
    shows: 'an answer from a PDF, with its page',
  },
  {
    person: 'priya.nair',
    who: 'Priya, Head of People',
    question: 'What is the salary range of band B4?',
    shows: 'a confidential document that she may see',
  },
  {
    person: 'ben.foster',
    who: 'Ben, assembly operator',
    question: 'What is the salary range of band B4?',
    shows: 'the same question from somebody who may not see it',
  },
  {
    person: 'ben.foster',
    who: 'Ben, assembly operator',
    question: 'Can I bring my dog to the office?',
    shows: 'a question that no document answers',
  },
  {
    person: 'nina.petrov',
    who: 'Nina, contractor',
    question: 'Who painted the Mona Lisa?',
    shows: 'a question about something else',
  },
];
