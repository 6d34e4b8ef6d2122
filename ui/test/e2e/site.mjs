// What a file of tests begins with: the analysed demo, a browser, and pages that note what must not happen.
import { after, before } from 'node:test';
import { addresses, analysed, browse, serveDemo } from './served.mjs';

const READY = () => document.querySelector('main h1') !== null && document.querySelector('.skeleton') === null && document.title !== 'ClusterIQ';

/** Waits until a page has its title and its content and is drawn. */
export async function settled(page) {
  await page.waitForFunction(READY, undefined, { timeout: 20_000 });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** Notes whatever a healthy page never has: errors, breaches of the policy, requests to somebody else. */
export function watch(page, url) {
  const faults = [];
  page.on('console', (it) => it.type() === 'error' && faults.push(`console: ${it.text()} (${it.location().url})`));
  page.on('pageerror', (it) => faults.push(`exception: ${it.stack ?? it}`));
  page.on('request', (it) => {
    const to = new URL(it.url());
    if (to.protocol.startsWith('http') && to.origin !== url) faults.push(`request to another origin: ${it.url()}`);
  });
  return faults;
}

/** A page of its own, which notes breaches of its policy as console errors. */
export async function newPage(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', baseURL: url, ...options });
  context.setDefaultTimeout(15_000);
  await context.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', (it) => console.error(`policy: ${it.violatedDirective} forbids ${it.blockedURI}`)),
  );
  const page = await context.newPage();
  return { page, faults: watch(page, url), close: () => context.close() };
}

/** The demo and a browser for all tests of a file; ends both after them. */
export function site() {
  const it = {};
  before(async () => {
    it.demo = process.env.CLUSTERIQ_URL ? { url: process.env.CLUSTERIQ_URL, stop() {} } : await serveDemo();
    it.url = it.demo.url;
    it.browser = await browse();
    await analysed(it.url);
    it.at = await addresses(it.url);
  });
  after(async () => {
    await it.browser?.close();
    it.demo?.stop();
  });
  it.get = async (path) => (await fetch(it.url + path)).json();
  /** Runs a test on a page that starts at an address. */
  it.on = (path, options, test) => async () => {
    const { page, faults, close } = await newPage(it.browser, it.url, options);
    try {
      await page.goto(path);
      await settled(page);
      await test(page, faults);
    } finally {
      await close();
    }
  };
  return it;
}

/** The parameters of a page's address: `{risk: ['low'], sort: ['title']}`. */
export function asked(page) {
  const all = {};
  for (const [name, value] of new URL(page.url()).searchParams) (all[name] ??= []).push(value);
  return all;
}
