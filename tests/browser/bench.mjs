// The benchmarks' table: what the engine does natively and in Chromium, how the page
// keeps up with load, what a visit loads.
// Budgets are design/product's; nothing here fails a test. `--json`: one object a line.
import { spawnSync } from 'node:child_process';
import { browser, firstVisit, root, serve } from './harness.mjs';
import { measure } from './load.mjs';

const rows = [];
const add = (name, value, unit, budget, least = false) => rows.push({ name, value: Number(value.toPrecision(4)), unit, budget, met: least ? value >= budget : value <= budget });
const BUDGETS = {
  'requests-plain': ['requests/s', 5_000_000, true], 'requests-traced': ['requests/s', 1_000_000, true],
  'boot-to-3-pods': ['ms', 5], '1000-pods-ready': ['ms', 200], 'one-more-pod': ['ms', 2],
};
const engine = (text, suffix) => {
  for (const [, name, value] of text.matchAll(/^measured ([\w-]+) ([\d.e+]+)/gm)) {
    const [unit, budget, least] = BUDGETS[name];
    add(name + suffix, Number(value), unit, budget, least);
  }
};
const run = (command, args, env = {}) => {
  const done = spawnSync(command, args, { cwd: root, encoding: 'utf8', env: { ...process.env, ...env }, maxBuffer: 1 << 26 });
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}\n${done.stdout}\n${done.stderr}`);
  return done.stdout + done.stderr;
};

engine(run('cargo', ['bench', '--locked', '--bench', 'engine']), '');
engine(run('cargo', ['test', '--locked', '--profile', 'wasm-release', '--target', 'wasm32-unknown-unknown', '--test', 'browser_bench', '--', '--nocapture'], {
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: 'wasm-bindgen-test-runner', CHROMEDRIVER: '/usr/bin/chromedriver', WASM_BINDGEN_TEST_TIMEOUT: '300',
}), '-browser');

const site = await serve();
const b = await browser();
await measure(b, site.url, add);
const { first, editor } = await firstVisit(b, site);
await b.close();
await site.close();
add('first-load', first, 'KB brotli', 300);
add('editor', editor, 'KB brotli', 125);

if (process.argv.includes('--json')) for (const r of rows) console.log(JSON.stringify(r));
else {
  console.log('measurement                     value  budget');
  for (const r of rows) console.log(`${r.name.padEnd(26)}${r.value.toLocaleString('en').padStart(12)}  ${r.budget.toLocaleString('en')} ${r.unit}${r.met ? '' : '   NOT MET'}`);
}
