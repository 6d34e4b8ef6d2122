// Runs the tests of this folder against one demo: node test/e2e/run.mjs [FILE …]; each file can also be run by itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { analysed, serveDemo } from './served.mjs';

const here = new URL('.', import.meta.url).pathname;
const asked = process.argv.slice(2);
const files = asked.length > 0 ? asked : readdirSync(here).filter((it) => it.endsWith('.test.mjs')).sort().map((it) => here + it);
const demo = process.env.CLUSTERIQ_URL ? { url: process.env.CLUSTERIQ_URL, stop() {} } : await serveDemo();
try {
  await analysed(demo.url);
  // One file at a time: a browser is heavy, and tests that wait are not to wait for each other.
  const args = ['--test', '--test-concurrency=1', '--test-reporter=spec', ...files];
  const tests = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, CLUSTERIQ_URL: demo.url } });
  const [code] = await once(tests, 'exit');
  process.exitCode = code ?? 1;
} finally {
  demo.stop();
}
