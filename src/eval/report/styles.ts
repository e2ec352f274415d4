/** One column that fits a phone; wide tables scroll for themselves; light or dark as the reader's device is. */
export const styles = `
:root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6675; --line: #d5dae1; --accent: #2463b4; --good: #17703c; --bad: #b3261e; --page: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ee; --soft: #a3adba; --line: #3a4350; --accent: #7fb2f0; --good: #6cc48f; --bad: #f2938c; --page: #14181e; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 46rem; padding: 1rem; color: var(--ink); background: var(--page); font: 16px/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.25rem; border-top: 1px solid var(--line); padding-top: 1rem; } h3 { font-size: 1.05rem; margin-bottom: .3rem; }
.note, dd { color: var(--soft); font-size: .875rem; } .question { font-weight: 600; margin-bottom: 0; } .worst > li { margin-bottom: 1rem; } .worst p { margin: .2rem 0; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .875rem; } th, td { padding: .25rem .6rem .25rem 0; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); } th:first-child { text-align: left; }
svg { display: block; width: 100%; max-width: 34rem; height: auto; } svg text { fill: var(--ink); font: 12px system-ui, sans-serif; } svg .tick, svg .count { fill: var(--soft); font-size: 11px; text-anchor: middle; } svg .start { text-anchor: start; } svg .end { text-anchor: end; }
svg .axis { stroke: var(--line); } svg .interval { stroke: var(--accent); stroke-width: 3; stroke-linecap: round; opacity: .5; } svg .mean, svg .bar { fill: var(--accent); }
.better, .right { color: var(--good); } .worse { color: var(--bad); }
`;
