/** Of what is drawn at random in an evaluation: the same seed gives the same numbers. */
export const defaultSeed = 1;
export const largestSeed = 2 ** 32 - 1;
