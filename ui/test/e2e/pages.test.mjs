// Every page, light and dark, wide and narrow: whole, quiet, without sideways scroll, and without a serious fault that axe can find.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { newPage, settled, site } from './site.mjs';

const AXE = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const PAGES = [
  'overview', 'recommendations', 'recommendation', 'jobs', 'job', 'clusters', 'cluster', 'costs', 'schedules', 'warehouses', 'warehouse',
  'data-quality', 'settings', 'api',
];
const it = site();

/** What axe calls serious or critical, a line each. */
async function axe(page) {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const found = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return found.violations
      .filter((one) => one.impact === 'serious' || one.impact === 'critical')
      .flatMap((one) => one.nodes.slice(0, 3).map((node) => `${one.id}: ${node.target.join(' ')}: ${node.html.slice(0, 160)}: ${node.failureSummary?.split('\n')[1]?.trim() ?? ''}`));
  });
}

/** How far a page can be scrolled sideways, and by which elements. */
function sideways() {
  const most = document.documentElement.clientWidth;
  const over = document.documentElement.scrollWidth - most;
  if (over <= 0) return [];
  const wide = [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > most + 0.5);
  return [`${over} pixels too wide`, ...wide.slice(0, 5).map((one) => `${one.tagName.toLowerCase()}.${one.getAttribute('class') ?? ''}`)];
}

for (const colorScheme of ['light', 'dark']) {
  for (const width of [1280, 390]) {
    describe(`in ${colorScheme} at ${width} pixels`, () => {
      let open;
      after(() => open?.close());
      for (const name of PAGES) {
        test(`the page ${name} is whole, quiet and accessible`, async () => {
          open ??= await newPage(it.browser, it.url, { viewport: { width, height: 900 }, colorScheme });
          const { page, faults } = open;
          faults.length = 0;
          assert.ok(it.at[name], 'the demo has such a page');
          await page.goto(it.at[name]);
          await settled(page);
          const found = {
            headings: await page.locator('h1').count(),
            title: / · ClusterIQ$/.test(await page.title()),
            sideways: await page.evaluate(sideways),
            axe: await axe(page),
            faults: [...faults],
          };
          assert.deepEqual(found, { headings: 1, title: true, sideways: [], axe: [], faults: [] });
        });
      }
    });
  }
}

/** Opens every menu of filters in turn, and every part that is folded, and says where the page becomes too wide. */
async function opened(page) {
  const wide = [];
  const note = async (what) => {
    const over = await page.evaluate(sideways);
    if (over.length > 0) wide.push(`${what}: ${over.join(', ')}`);
  };
  for (const menu of await page.locator('.filters summary').all()) {
    if (!(await menu.isVisible())) continue;
    await menu.click();
    await note(`menu ${(await menu.innerText()).split('\n')[0]}`);
    await page.keyboard.press('Escape');
  }
  await page.evaluate(() => {
    for (const one of document.querySelectorAll('main details')) if (!one.closest('.filters')) one.open = true;
  });
  await note('with everything unfolded');
  return wide;
}

for (const width of [390, 768]) {
  test(`menus and folded parts stay within a page of ${width} pixels`, async () => {
    const { page, close } = await newPage(it.browser, it.url, { viewport: { width, height: 900 } });
    const wide = {};
    for (const name of PAGES) {
      await page.goto(it.at[name]);
      await settled(page);
      const found = await opened(page);
      if (found.length > 0) wide[name] = found;
    }
    await close();
    assert.deepEqual(wide, {});
  });
}

test('no page was forgotten', () => assert.deepEqual(Object.keys(it.at).sort(), [...PAGES].sort()));
