// How the page keeps up with load: what a frame costs with as many dots as there can be, how long the page is blocked
// while Pods start, how soon a control answers, and whether memory grows. Alone: `node tests/browser/load.mjs [NAME …]`.
import { pathToFileURL } from 'node:url';
import { browser, line, open, serve } from './harness.mjs';

/** Requests a second that keep `DOTS` under way: each is on the stage for 1.35 s. */
const RATE = 700, DOTS = 945;
/** Requests that history holds on to. */
const HISTORY = 20_000;

/** A page with a Service that answers, and so many requests a second to it. */
async function loaded(b, url, rate, script) {
  const context = await b.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US', serviceWorkers: 'block' });
  if (script) await context.addInitScript(script);
  const page = await context.newPage();
  await page.goto(`${url}?lang=en&lesson=none`);
  await page.waitForSelector('#workbench');
  await line(page, 'kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml; kubectl set selector service http-go-svc tier=http-go; kubectl apply -f http-go-np.yaml');
  await page.waitForTimeout(3_000);
  await page.locator('#to').fill('192.168.49.3:30001');
  await page.locator('#to').press('Tab');
  if (rate) {
    await page.locator('#rate').selectOption(String(rate));
    await page.waitForTimeout(4_000);
  }
  return page;
}

/** So many frames of each kind in a row, and so many rows. */
const FRAMES = 60, ROWS = 8;

/**
 * What a frame costs the main thread, all of it (script, style, layout, painting, handing the canvas over, and what the
 * page does between frames), next to a bare loop. The bare loop draws on the same canvas over the same page the very
 * marks that the page drew, which were written down before: only that the page stands still meanwhile. Both take turns.
 * The time is the thread's own, so other programs on the machine don't count.
 */
async function frame(b, url, add) {
  const page = await loaded(b, url, RATE);
  // Until history has filled, new memory is touched for each request.
  await page.waitForTimeout(HISTORY / RATE * 1_000);
  if (await page.locator('.many').count()) throw new Error('flows are drawn, not dots');
  const marks = await page.evaluate(twoLoops);
  if (Math.min(...marks) < 0.9 * DOTS) throw new Error(`only ${Math.min(...marks)} dots were drawn in a frame`);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busy = async () => (await session.send('Performance.getMetrics')).metrics.find((m) => m.name === 'TaskDuration').value * 1_000;
  const spent = { page: 0, bare: 0 };
  for (let row = 0; row < ROWS; row++) {
    for (const loop of ['page', 'bare']) {
      await page.evaluate(([loop, n]) => window.loops[loop](n), [loop, 5]);
      const before = await busy();
      await page.evaluate(([loop, n]) => window.loops[loop](n), [loop, FRAMES]);
      spent[loop] += (await busy() - before) / FRAMES / ROWS;
    }
  }
  add('frame-1000-dots', spent.page / spent.bare, `× bare loop (${spent.page.toFixed(2)} ms / ${spent.bare.toFixed(2)} ms)`, 1.25);
  await page.context().close();
}

/** In the page: writes down what some frames draw, makes `window.loops`, and gives how many dots each frame had. */
async function twoLoops() {
  const raf = window.requestAnimationFrame.bind(window);
  const c = document.querySelector('#dots').getContext('2d');
  const real = CanvasRenderingContext2D.prototype;
  const frames = [];
  let at = [];
  // The canvas' own methods, hidden behind ones that write down what they are given.
  const notes = {
    clearRect: () => frames.push([]),
    beginPath: () => { at = []; },
    moveTo: (x, y) => at.push(x, y),
    lineTo: () => {},
    stroke: () => frames.at(-1)?.push({ at: new Float32Array(at), colour: c.strokeStyle, width: c.lineWidth }),
  };
  for (const [name, note] of Object.entries(notes)) c[name] = (...given) => { note(...given); real[name].apply(c, given); };
  await new Promise((done) => { const look = () => (frames.length > 90 ? done() : raf(look)); raf(look); });
  for (const name of Object.keys(notes)) delete c[name];
  frames.pop();

  // The page's frames are counted where they are asked for; while the bare loop runs, the next one waits.
  let bare = false, waiting, drawn = () => {};
  window.requestAnimationFrame = (f) => raf((t) => { if (bare) waiting = f; else { f(t); drawn(); } });
  const draw = (marks) => {
    c.clearRect(0, 0, c.canvas.width, c.canvas.height);
    for (const { at, colour, width } of marks) {
      c.lineWidth = width;
      c.strokeStyle = colour;
      c.beginPath();
      for (let i = 0; i < at.length; i += 2) { c.moveTo(at[i], at[i + 1]); c.lineTo(at[i] + 0.01, at[i + 1]); }
      c.stroke();
    }
  };
  window.loops = {
    page: (n) => new Promise((done) => { drawn = () => { if (--n === 0) done(drawn = () => {}); }; }),
    bare: async (n) => {
      bare = true;
      await new Promise((done) => {
        const step = () => { if (n-- === 0) return done(); raf(step); draw(frames[n % frames.length]); };
        raf(step);
      });
      bare = false;
      if (waiting) window.requestAnimationFrame(waiting);
      waiting = undefined;
    },
  };
  return frames.map((f) => f.reduce((n, { at }) => n + at.length / 2, 0));
}

/** The longest time for which the page answers nothing while a ReplicaSet grows to 300 Pods. */
async function pods(b, url, add) {
  const page = await loaded(b, url, 0);
  await page.evaluate(() => {
    // A message to itself comes back as soon as nothing else is to be done.
    const { port1, port2 } = new MessageChannel();
    let last = performance.now();
    window.blocked = [];
    port1.onmessage = () => {
      const now = performance.now();
      if (now - last > 5) window.blocked.push(now - last);
      last = now;
      port2.postMessage(0);
    };
    port2.postMessage(0);
  });
  await page.locator('#prompt').fill('kubectl scale rs http-go-rs --replicas=300');
  await page.locator('#prompt').press('Enter');
  // Many Pods of one owner are a group, whose name says how many they are.
  const marks = () => page.evaluate(() => [...document.querySelectorAll('#stage g[role=button]')]
    .map((g) => /^Pod /.test(g.getAttribute('aria-label')) ? 1 : Number(/: (\d+) Pods/.exec(g.getAttribute('aria-label'))?.[1] ?? 0)).reduce((a, c) => a + c, 0));
  for (let i = 0; i < 60 && await marks() < 300; i++) await page.waitForTimeout(500);
  if (await marks() < 300) throw new Error(`${await marks()} Pods are on the stage`);
  await page.waitForTimeout(15_000);
  const blocked = await page.evaluate(() => window.blocked.sort((a, c) => c - a).slice(0, 5));
  add('longest-frame-300-pods', blocked[0] ?? 0, `ms (then ${blocked.slice(1).map((v) => v.toFixed(0)).join(', ')})`, 33);
  await page.context().close();
}

/** The longest time from an input to the next picture, on every control under load. */
async function inputs(b, url, add) {
  const page = await loaded(b, url, RATE);
  await page.evaluate(() => {
    window.slow = [];
    const note = (list) => list.getEntries().filter((e) => e.interactionId).forEach((e) => window.slow.push([e.duration, `${e.name} ${e.target?.id || e.target?.getAttribute?.('aria-label') || e.target?.className || ''}`]));
    new PerformanceObserver(note).observe({ type: 'event', durationThreshold: 16 });
  });
  const tabs = ['requests', 'iptables', 'endpoints', 'events', 'affinity', 'conntrack', 'dns', 'terminal'].map((t) => `#tab-${t}`);
  const controls = ['#play', '#play', '#step', '#play', '#lens-logical', '#lens-network', '#send-1', '#send-n', ...tabs, '#mode-lesson', '#mode-free'];
  for (const c of controls) { await page.locator(c).click(); await page.waitForTimeout(150); }
  for (const thing of await page.locator('#stage g[role=button]').all()) {
    await thing.focus();
    await page.keyboard.press('Enter');
    await page.waitForTimeout(100);
    await page.keyboard.press('Escape');
  }
  for (const button of await page.locator('#inspector button, header button[aria-label]:not(#play)').all()) {
    // The session is not started afresh: that would end the load.
    if (/again|↺/i.test(await button.innerText()) || !(await button.isVisible())) continue;
    await button.click();
    await page.waitForTimeout(100);
    // What opened would lie over the next.
    if (await button.getAttribute('aria-expanded') === 'true') await button.click();
  }
  await page.locator('#tab-requests').click();
  await page.locator('#panel input[type=search]').pressSequentially('12', { delay: 100 });
  await page.locator('#tab-terminal').click();
  await page.locator('#prompt').pressSequentially('kubectl get pods', { delay: 40 });
  await page.locator('#prompt').press('Enter');
  await page.locator('#editor-host .cm-content').click();
  await page.keyboard.type('# more', { delay: 60 });
  await page.waitForTimeout(500);
  // A choice in a list is no event that the browser times.
  const chosen = await page.evaluate(async () => {
    let most = 0;
    for (const select of document.querySelectorAll('select')) {
      const began = performance.now();
      select.dispatchEvent(new Event('change', { bubbles: true }));
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      most = Math.max(most, performance.now() - began);
    }
    return most;
  });
  const slow = await page.evaluate(() => window.slow.sort((a, c) => c[0] - a[0]).slice(0, 3));
  const [worst, what] = slow[0] ?? [16, ''];
  add('input-response', Math.max(worst, chosen), `ms (${what}; lists of choices ${chosen.toFixed(0)})`, 100);
  await page.context().close();
}

/**
 * How much more memory there is after ten simulated minutes of load. They begin when all that is kept for a while has
 * filled: history takes 200 s for that.
 */
async function memory(b, url, add) {
  const page = await loaded(b, url, 100, () => {
    for (const name of ['instantiate', 'instantiateStreaming']) {
      const real = WebAssembly[name];
      WebAssembly[name] = async (...given) => {
        const made = await real.apply(WebAssembly, given);
        const found = Object.values((made.instance ?? made).exports ?? {}).find((e) => e instanceof WebAssembly.Memory);
        if (found) globalThis.wasmMemory ??= found;
        return made;
      };
    }
  });
  await page.locator('header select').selectOption('20');
  const clock = async () => Number(await page.locator('#workbench').getAttribute('data-clock'));
  const began = await clock();
  const session = await page.context().newCDPSession(page);
  const used = async () => {
    await session.send('HeapProfiler.collectGarbage');
    const heap = (await session.send('Runtime.getHeapUsage')).usedSize;
    return (heap + await page.evaluate(() => globalThis.wasmMemory.buffer.byteLength)) / 2 ** 20;
  };
  const until = async (minutes) => { while (await clock() < began + minutes * 600) await page.waitForTimeout(300); };
  await until(4);
  const early = await used();
  await until(14);
  const late = await used();
  add('memory-10-minutes', (late / early - 1) * 100, `% more after 14 min than after 4 (${early.toFixed(0)} → ${late.toFixed(0)} MB)`, 3);
  await page.context().close();
}

const MEASURES = { frame, pods, inputs, memory };

/** Measures all of it, or what is named. */
export async function measure(b, url, add, names = Object.keys(MEASURES)) {
  for (const name of names) await MEASURES[name](b, url, add);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const names = process.argv.slice(2);
  const site = await serve();
  const b = await browser();
  const add = (name, value, unit, budget) => console.log(name.padEnd(26), value.toFixed(2).padStart(8), ` ${budget} ${unit}`);
  await measure(b, site.url, add, names.length ? names : undefined);
  await b.close();
  await site.close();
}
