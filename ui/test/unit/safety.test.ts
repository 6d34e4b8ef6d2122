/** Rules that hold for every file of the app, by reading the files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const app = join(import.meta.dirname, '../../app');
const files = readdirSync(app, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => /\.(ts|tsx|css)$/.test(name) && !name.includes('__generated__') && !/\.test\.tsx?$/.test(name))
  .sort();

/** `file:line: text` of every line that a rule forbids. */
function lines(forbidden: RegExp, where: (file: string) => boolean = () => true): string[] {
  return files.filter(where).flatMap((file) =>
    readFileSync(join(app, file), 'utf8')
      .split('\n')
      .flatMap((text, at) => (forbidden.test(text) ? [`${file}:${at + 1}: ${text.trim()}`] : [])),
  );
}

const outside = (folder: string) => (file: string) => !file.startsWith(`${folder}/`);
const inside = (folder: string) => (file: string) => file.startsWith(`${folder}/`);

it('finds the files that it judges', () => {
  expect(files.length).toBeGreaterThan(30);
  expect(files.filter(inside('ui'))).toContain('ui/Table.tsx');
});

it('parts of the UI know nothing of pages, of the domain and of the server', () => {
  expect(lines(/\b(from|import\()\s*['"][^'"]*\/(components|pages|api)(\/|['"])/, inside('ui'))).toEqual([]);
});

it('only app/api talks to the server', () => {
  expect(lines(/\bfetch\(|\bclient\.|\bXMLHttpRequest\b|\bEventSource\b|\bWebSocket\b|\bsendBeacon\b/, outside('api'))).toEqual([]);
});

it('only app/format turns numbers into text', () => {
  expect(lines(/\.toFixed\b|\bIntl\.|\.toLocale\w*String\b/, outside('format'))).toEqual([]);
});

it('no text becomes markup or code', () => {
  expect(lines(/dangerouslySetInnerHTML|\b(inner|outer)HTML\b|insertAdjacentHTML|document\.write|\beval\b|\bnew Function\b/)).toEqual([]);
});

it('no address of another host is in the app', () => {
  const others = /(https?:)?\/\/(?!localhost\b|127\.0\.0\.1\b|www\.w3\.org\/)[\w-]+(\.[\w-]+)+/;
  const page = readFileSync(join(app, '../index.html'), 'utf8');
  expect(others.test('see https://example.com/x')).toBe(true);
  expect(others.test(page)).toBe(false);
  expect(lines(others)).toEqual([]);
});
