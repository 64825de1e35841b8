// The benchmarks' table: what the engine does natively and in Chromium, what a frame costs, what a visit loads.
// Budgets are design/product's; nothing here fails a test. `--json`: one object a line.
import { spawnSync } from 'node:child_process';
import { browser, firstVisit, line, open, root, serve } from './harness.mjs';

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

// A frame with 1,000 requests in flight, next to a bare loop that draws as many marks at precomputed places.
const site = await serve();
const b = await browser();
const page = await open(b, `${site.url}?lang=en&lesson=none`, { serviceWorkers: 'block' });
await line(page, 'kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml; kubectl set selector service http-go-svc tier=http-go; kubectl apply -f http-go-np.yaml');
await page.waitForTimeout(3_000);
await page.locator('#to').fill('192.168.49.3:30001');
await page.locator('#to').press('Tab');
await page.locator('#rate').selectOption('1000');
await page.waitForTimeout(4_000);
const frames = await page.evaluate(async () => {
  const median = (list) => list.sort((a, c) => a - c)[list.length >> 1];
  const app = [], bare = [];
  const canvas = document.createElement('canvas');
  const dots = document.querySelector('#dots');
  canvas.width = dots.width; canvas.height = dots.height;
  document.body.append(canvas);
  canvas.style.setProperty('position', 'fixed');
  const c = canvas.getContext('2d');
  const places = Array.from({ length: 120 }, (_, f) => Array.from({ length: 1000 }, (_, i) => [(i * 37 + f * 3) % canvas.width, (i * 53 + f * 5) % canvas.height]));
  const colours = ['#0072b2', '#c25400', '#008763'];
  const raf = window.requestAnimationFrame.bind(window);
  // The page's next frame callback is wrapped with what it sets off, and so is each one after it.
  window.requestAnimationFrame = (f) => raf((t) => {
    const s = performance.now();
    f(t);
    // The work itself is done in microtasks that the callback leaves behind; these come after them.
    queueMicrotask(() => queueMicrotask(() => app.push(performance.now() - s)));
  });
  for (let f = 0; f < 120; f++) {
    await new Promise((done) => raf(() => {
      const s = performance.now();
      c.clearRect(0, 0, canvas.width, canvas.height);
      for (let k = 0; k < 3; k++) {
        c.beginPath();
        for (let i = k; i < 1000; i += 3) { const [x, y] = places[f][i]; c.moveTo(x + 4, y); c.arc(x, y, 4, 0, 7); }
        c.fillStyle = colours[k];
        c.fill();
      }
      bare.push(performance.now() - s);
      done();
    }));
  }
  if (app.length < 50) throw new Error('the page drew no frames');
  return { app: median(app.slice(5)), bare: median(bare.slice(5)) };
});
add('frame-1000-dots', frames.app / frames.bare, `× bare loop (${frames.app.toFixed(2)} ms / ${frames.bare.toFixed(2)} ms)`, 1.25);
const { first, editor } = await firstVisit(b, site);
await b.close();
await site.close();
add('first-load', first, 'KB brotli', 250);
add('editor', editor, 'KB brotli', 125);

if (process.argv.includes('--json')) for (const r of rows) console.log(JSON.stringify(r));
else {
  console.log('measurement                     value  budget');
  for (const r of rows) console.log(`${r.name.padEnd(26)}${r.value.toLocaleString('en').padStart(12)}  ${r.budget.toLocaleString('en')} ${r.unit}${r.met ? '' : '   NOT MET'}`);
}
