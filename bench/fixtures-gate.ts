/** The fixtures' cases through the product, held to what every version must keep: `npm run eval:fixtures` */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { print, repositoryRoot, runCommand } from './support.ts';

/** Chosen below what is measured, so that it fails for a change and not for a machine; leaks have no such room. */
const minCorrect = 0.7;

const fixtures = join(repositoryRoot, 'fixtures');
await rm(join(fixtures, '.persea'), { recursive: true, force: true });
const command = join(repositoryRoot, 'src/cli/main.ts');
const result = await runCommand(process.execPath, [command, 'eval', 'run', fixtures, '--json'], {
  cwd: repositoryRoot,
});
if (result.status !== 0) throw new Error(`The evaluation ended with status ${result.status}: ${result.stderr}`);
const { metrics, queries } = JSON.parse(result.stdout) as {
  readonly queries: number;
  readonly metrics: {
    readonly correct: number;
    readonly leaks: number;
    readonly citationPrecision: number;
    readonly wrongRefusals: number;
    readonly rightRefusals: number;
    readonly byTag: Readonly<Record<string, { readonly correct: number; readonly cases: number }>>;
  };
};
print(
  `${queries} cases: correct ${metrics.correct.toFixed(3)}, leaks ${metrics.leaks}, citation precision ${metrics.citationPrecision.toFixed(3)}, refused wrongly ${metrics.wrongRefusals.toFixed(3)} and rightly ${metrics.rightRefusals.toFixed(3)}`,
);
for (const [tag, { correct, cases }] of Object.entries(metrics.byTag))
  print(`  ${tag.padEnd(14)} ${String(cases).padStart(4)}  ${correct.toFixed(3)}`);
if (metrics.leaks > 0 || metrics.correct < minCorrect || metrics.citationPrecision < 1) {
  print(`Not good enough: wanted 0 leaks, correct of at least ${minCorrect}, citation precision 1.`);
  process.exitCode = 1;
}
