import type { Warning } from '../../src/core/document.ts';

/** Warnings of the parts of one document as warnings of the document: one for each code, with the counts added. */
export function joinWarnings(warnings: readonly Warning[]): readonly Warning[] {
  return [...Map.groupBy(warnings, ({ code }) => code).values()].flatMap((alike) => {
    const [first, ...others] = alike;
    if (first === undefined || others.length === 0) return alike;
    const count = alike.reduce((sum, warning) => sum + (warning.count ?? 1), 0);
    return [{ ...first, count, message: `${first.message} The same in further parts; ${count} in all.` }];
  });
}
