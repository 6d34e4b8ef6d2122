// The two questions that the pages are for: a director's "how much, where, how sure", and an engineer's "show me, minute by minute".
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asked, settled, site } from './site.mjs';

const it = site();

/** Whether an element is wholly in sight without scrolling. */
async function inSight(locator) {
  const box = await locator.boundingBox();
  return box !== null && box.y >= 0 && box.y + box.height <= 900 && box.x >= 0 && box.x + box.width <= 1280;
}

test('a director sees how much, where and how sure without scrolling', it.on('/', {}, async (page) => {
  const tiles = page.locator('a.tile');
  assert.equal(await tiles.count(), 4);
  for (const label of [/^Spent in \d+ days/, /^Can be saved, a month/, /^Used of what is paid/, /^How sure/]) {
    const tile = tiles.filter({ hasText: label });
    assert.equal(await tile.count(), 1, `one tile says ${label}`);
    assert.ok(await inSight(tile), `the tile is above the fold: ${label}`);
    assert.match(await tile.locator('.figure').innerText(), /\d/, `the tile has a figure: ${label}`);
  }
  assert.ok(await inSight(page.locator('figcaption .title', { hasText: 'Spending by day' })), 'the title of the spending by day');
  assert.ok(await inSight(page.locator('figure svg').first()), 'the spending by day itself');
  assert.ok(await inSight(page.getByRole('heading', { name: 'Do these first' })), 'what to do first');
  assert.ok(await inSight(page.locator('.card', { hasText: 'Do these first' }).locator('ol.plan > li').first()), 'the first thing to do');
}));

test('amounts on the first page are the ones that the API answers', it.on('/', {}, async (page) => {
  const overview = await it.get('/api/overview');
  const whole = (amount) => `$${Math.round(amount).toLocaleString('en-US')}`;
  assert.equal(await page.locator('a.tile .figure').first().innerText(), whole(overview.spend.spend.total_usd));
  assert.ok((await page.locator('a.tile').nth(1).innerText()).includes(`likely ${whole(overview.savings.per_month.likely)}`));
  assert.ok((await page.locator('main .lead').innerText()).includes(overview.sentence));
}));

test('an engineer is three clicks from the first page to the minutes behind a recommendation', it.on('/', {}, async (page, faults) => {
  const first = (await it.get('/api/overview')).first.find((one) => one.target.kind === 'job' || one.target.kind === 'cluster');
  assert.ok(first, 'something about a job or a cluster is among the first things to do');
  let clicks = 0;
  const click = async (locator) => {
    clicks += 1;
    await locator.click();
  };
  await click(page.locator(`ol.plan a[href="/recommendations/${first.id}"]`));
  await page.waitForURL(`**/recommendations/${first.id}`);
  const minutes = page.getByRole('link', { name: /^Minute by minute/ });
  await minutes.waitFor();
  const answer = page.waitForResponse((one) => /\/api\/clusters\/[^/]+\/metrics/.test(one.url()));
  await click(minutes);
  await page.waitForURL('**/clusters/**');
  await settled(page);
  assert.ok(clicks <= 3, `${clicks} clicks`);
  const { from: [from], until: [until] } = asked(page);
  const to = new URL((await answer).url()).searchParams;
  assert.deepEqual([to.get('from'), to.get('until')], [from, until], 'the server is asked for the span of the address');
  const metrics = await (await answer).json();
  const [start, end] = [metrics.start_minute, metrics.start_minute + metrics.length * metrics.step_minutes];
  assert.ok(start >= Date.parse(from) / 60_000 - 60 && end <= Date.parse(until) / 60_000 + 60, 'the answer is of that span');
  assert.equal(await page.locator('.uplot canvas').count(), 5);
  assert.ok(await page.getByRole('button', { name: 'Show all' }).isVisible(), 'one can leave the zoom');
  assert.deepEqual(faults, []);
}));

test('drawing a span across a chart zooms into it, and back leaves it', it.on('/clusters', {}, async (page) => {
  await page.goto(it.at.cluster);
  await settled(page);
  const box = await page.locator('.uplot .u-over').first().boundingBox();
  const before = page.url();
  await page.mouse.move(box.x + box.width * 0.3, box.y + 30);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 30, { steps: 5 });
  await page.mouse.up();
  await page.waitForURL(/from=.*until=/);
  const { from: [from], until: [until] } = asked(page);
  assert.ok(Date.parse(from) < Date.parse(until));
  await page.getByRole('button', { name: 'Show all' }).waitFor();
  await page.goBack();
  await page.waitForURL(before);
}));
