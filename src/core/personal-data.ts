/** The kinds of personal data that can be kept from models. */

export const personalDataKinds = ['email', 'phone', 'iban', 'card', 'national-id', 'name'] as const;
export type PersonalDataKind = (typeof personalDataKinds)[number];
