/** The scripts that the first page needs stay small. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';

const MOST = 200_000;
const dist = join(import.meta.dirname, '../../dist');
const built = existsSync(join(dist, 'index.html'));
if (!built) console.warn('there is no ui/dist, so its size is not tested: run `npm run build` first');

/** What a script imports at once; what it imports with `import(…)` comes later and does not count. */
function imports(code: string): string[] {
  return [...code.matchAll(/(?:\bfrom|\bimport)\s*["'](\.{1,2}\/[^"']+\.js)["']/g)].map((found) => found[1]!);
}

/** Every script of the first load: the page's own, those it announces, and all that these import. */
function firstLoad(): string[] {
  const page = readFileSync(join(dist, 'index.html'), 'utf8');
  const tags = [...page.matchAll(/<(?:script|link)\b[^>]*>/g)].map((found) => found[0]);
  const wanted = tags.filter((tag) => tag.startsWith('<script') || /rel="modulepreload"/.test(tag));
  const left = wanted.flatMap((tag) => /(?:src|href)="([^"]+)"/.exec(tag)?.[1] ?? []);
  const all = new Set<string>();
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (all.has(name)) continue;
    all.add(name);
    left.push(...imports(readFileSync(join(dist, name), 'utf8')).map((other) => new URL(other, `http://localhost${name}`).pathname));
  }
  return [...all].sort();
}

it.skipIf(!built)('the first load needs at most 200 kB of packed scripts', () => {
  const sizes = Object.fromEntries(firstLoad().map((name) => [name, gzipSync(readFileSync(join(dist, name)), { level: 9 }).length]));
  expect(Object.keys(sizes).some((name) => name.includes('/assets/index-')), 'the entry was found').toBe(true);
  const sum = Object.values(sizes).reduce((a, b) => a + b, 0);
  expect(sum, JSON.stringify(sizes, null, 2)).toBeLessThanOrEqual(MOST);
});
