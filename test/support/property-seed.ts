/** The same cases in every run, so that a failure is the change's own; `PERSEA_SEED=N` tries others. */
import fc from 'fast-check';

const defaultSeed = 20_261_124;

fc.configureGlobal({ seed: Number(process.env.PERSEA_SEED ?? defaultSeed) });
