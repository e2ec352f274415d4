/** Where a worker file lies: `.ts` in development, `.js` in dist; the compiler rewrites imports but not URLs. */
export function siblingModule(importMetaUrl: string, name: string): URL {
  return new URL(`./${name}${importMetaUrl.endsWith('.ts') ? '.ts' : '.js'}`, importMetaUrl);
}
