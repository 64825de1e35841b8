// The stage: ways, labels and reasons of requests, lenses, groups of Pods, focus, zoom.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browser, line, open, painted, podsRun, serve } from './harness.mjs';

let b, site;
before(async () => { b = await browser(); site = await serve(); });
after(async () => { await b?.close(); await site?.close(); });

const APPLY = 'kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml; kubectl set selector service http-go-svc tier=http-go; kubectl apply -f http-go-np.yaml';
const pods = (page) => page.locator('#stage g[role=button][aria-label^="Pod "]');

/** A page with a Service that leads to three Pods, requests going to worker-2's door. */
async function routed(options = {}) {
  const page = await open(b, `${site.url}?lang=en&lesson=none`, options);
  await line(page, APPLY);
  await podsRun(page, 3);
  await page.waitForTimeout(1_500);
  await page.locator('#to').fill('192.168.49.4:30001');
  await page.locator('#to').press('Tab');
  return page;
}

/** Whether a point of the page lies within `slack` pixels of the drawn way of the chosen request. */
const onWay = (page, at, slack) => page.evaluate(([x, y, near]) => {
  const way = document.querySelector('#way');
  const box = document.querySelector('#stage svg').getBoundingClientRect();
  for (let d = 0; d <= way.getTotalLength(); d += 2) {
    const p = way.getPointAtLength(d);
    if (Math.hypot(p.x + box.x - x, p.y + box.y - y) <= near) return true;
  }
  return false;
}, [at.x, at.y, slack]);

test('a request’s way is drawn, and its dot goes along it, curves included', async () => {
  const page = await routed();
  await page.locator('#speed').selectOption('0.1');
  await page.locator('#send-1').click();
  await page.waitForSelector('#way');
  let seen = 0, far = 0;
  const [start, length] = await page.locator('#way').evaluate((w) => [w.getPointAtLength(0).x, w.getTotalLength()]);
  assert.ok(length > 500 && start < 200, `${start} ${length}`);
  for (let i = 0; i < 25; i++) {
    const at = await painted(page);
    if (at) { seen++; if (!(await onWay(page, at, 3))) far++; }
    await page.waitForTimeout(250);
  }
  assert.ok(seen > 15, `${seen}`);
  assert.equal(far, 0, `${far} of ${seen} beside the way`);
  // It stays when the dot has come home, and the ways that others may take are there too.
  await page.locator('#speed').selectOption('20');
  await page.waitForTimeout(800);
  assert.equal(await page.locator('#way').count(), 1);
  assert.ok(await page.locator('.ways .wire').count() >= 9);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('beside the dot stand its packet’s addresses, rewritten where the hops rewrite them', async () => {
  const page = await routed();
  await page.locator('#play').click();
  await page.locator('#send-1').click();
  const label = async () => (await page.locator('#packet').isVisible()) ? page.locator('#packet').innerText() : '';
  const told = [await label()];
  for (let i = 0; i < 40; i++) {
    await page.locator('#step').click();
    await page.waitForTimeout(60);
    const now = await label();
    if (now && now !== told.at(-1)) told.push(now);
    if (!(await page.locator('#dots').getAttribute('data-place'))) break;
    if (i > 3 && (await page.locator('#dots').getAttribute('data-place')) === 'client:user') break;
  }
  assert.match(told[0], /^192\.168\.49\.1:\d+ → 192\.168\.49\.4:30001$/);
  assert.ok(told.some((t) => /→ 10\.244\.\d+\.\d+:8080$/.test(t)), told.join('; '));
  assert.match(told.at(-1), /^192\.168\.49\.4:30001 → 192\.168\.49\.1:\d+$/);
  assert.equal(await page.locator('#packet .rewritten').count(), 2);
  await page.context().close();
});

test('a request that fails rests where it died, with the reason beside it, until Services change', async () => {
  const page = await open(b, `${site.url}?lang=en&lesson=none`);
  await line(page, 'kubectl apply -f http-go-svc.yaml -f http-go-np.yaml');
  await page.waitForTimeout(2_500);
  await page.locator('#to').fill('192.168.49.3:30001');
  await page.locator('#to').press('Tab');
  await page.locator('#speed').selectOption('0.25');
  await page.locator('#send-1').click();
  await page.waitForSelector('.death', { timeout: 10_000 });
  assert.match(await page.locator('.death').textContent(), /REJECT: no endpoints/);
  const at = await painted(page);
  const [box, death] = [await page.locator('#stage svg [data-place="proxy:worker-1"] rect').first().boundingBox(), await page.locator('.death').boundingBox()];
  assert.ok(at.x >= box.x - 3 && at.x <= box.x + box.width + 3 && at.y >= box.y - 3 && at.y <= box.y + box.height + 3, JSON.stringify([at, box]));
  assert.ok(Math.abs(death.y + death.height / 2 - at.y) < 30 && death.x - at.x < 40, JSON.stringify([at, death]));
  // The dot goes, the reason and the way stay; with what failed mended they go, too.
  await page.locator('#speed').selectOption('5');
  await page.waitForFunction(() => !document.querySelector('#dots').dataset.place);
  assert.match(await page.locator('.death').textContent(), /REJECT: no endpoints/);
  assert.equal(await page.locator('#way').count(), 1);
  await line(page, 'kubectl apply -f http-go-rs.yaml');
  await page.waitForSelector('.death', { state: 'detached', timeout: 20_000 });
  assert.equal(await page.locator('#way').count(), 0);
  await page.context().close();
});

test('with more than a dozen on a node Pods group by owner; a group opens by click and key', async () => {
  const page = await routed();
  await line(page, 'kubectl scale rs http-go-rs --replicas=30');
  const groups = page.locator('#stage g[role=button][aria-expanded]');
  await page.waitForFunction(() => document.querySelectorAll('#stage g[role=button][aria-expanded]').length >= 2, null, { timeout: 30_000 });
  await page.waitForFunction(() => [...document.querySelectorAll('#stage g[aria-expanded]')].map((g) => Number(/(\d+) ready/.exec(g.getAttribute('aria-label'))[1])).reduce((a, c) => a + c, 0) === 30, null, { timeout: 30_000 });
  assert.match(await groups.first().getAttribute('aria-label'), /^ReplicaSet\/http-go-rs: \d+ Pods, \d+ ready/);
  assert.match(await groups.first().textContent(), /http-go-rs\d+\/\d+/);
  assert.equal(await pods(page).count(), 0);
  await groups.first().click();
  assert.ok(await pods(page).count() >= 13);
  await groups.first().focus();
  await page.keyboard.press('Enter');
  assert.equal(await pods(page).count(), 0);
  // The keyboard stays where it is.
  await page.keyboard.press('Enter');
  assert.ok(await pods(page).count() >= 13);
  assert.match(await page.evaluate(() => document.activeElement.ariaLabel), /^ReplicaSet\/http-go-rs/);
  await page.keyboard.press('Enter');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

/** Where the Pods are on the page, and the client and the Service, frame by frame for half a second after `act`. */
const frames = (page, act) => page.evaluate(async (selector) => {
  const seen = [];
  const look = () => {
    const at = {};
    for (const g of document.querySelectorAll('#stage svg [data-place^="pod:"], #stage svg [data-place="client:user"], #stage svg [data-service]')) {
      const r = g.querySelector('rect, circle').getBoundingClientRect();
      at[g.dataset.place ?? g.dataset.service] = [r.x, r.y];
    }
    seen.push({ at, t: performance.now() });
  };
  look();
  document.querySelector(selector).click();
  const start = performance.now();
  while (performance.now() - start < 700) { await new Promise((done) => requestAnimationFrame(done)); look(); }
  return seen;
}, act);
const furthest = (a, c) => Math.max(...Object.keys(a).filter((k) => c[k]).map((k) => Math.hypot(a[k][0] - c[k][0], a[k][1] - c[k][1])));

test('from lens to lens things glide to their new places and dots stay on their way', async () => {
  const page = await routed();
  await page.locator('#speed').selectOption('0.1');
  await page.locator('#send-1').click();
  await page.waitForTimeout(1_500);
  const seen = await frames(page, '#lens-logical');
  const [first, last] = [seen[0].at, seen.at(-1).at];
  assert.ok(Object.keys(last).length >= 5 && furthest(first, last) > 60, JSON.stringify([first, last]));
  const between = seen.filter((f) => furthest(f.at, first) > 3 && furthest(f.at, last) > 3);
  assert.ok(between.length >= 3, `${between.length} of ${seen.length} frames between`);
  // What moves goes straight there: no frame is further from the end than one before it.
  const left = seen.map((f) => furthest(f.at, last));
  assert.ok(left.every((d, i) => i === 0 || d <= left[i - 1] + 1), left.map(Math.round).join(' '));
  const settled = seen.find((f) => furthest(f.at, last) < 1).t - seen[0].t;
  assert.ok(settled < 650, `${settled} ms`);
  assert.equal(await page.locator('.room').count(), 0);
  const at = await painted(page);
  assert.ok(at && await onWay(page, at, 3), JSON.stringify(at));
  await page.locator('#lens-network').click();
  await page.waitForTimeout(500);
  assert.equal(await page.locator('.room').count(), 3);
  assert.ok(await onWay(page, await painted(page), 3));
  assert.deepEqual(page.complaints, []);
  await page.context().close();

  const still = await routed({ reducedMotion: 'reduce' });
  const jumped = await frames(still, '#lens-logical');
  assert.ok(jumped.slice(2).every((f) => furthest(f.at, jumped.at(-1).at) < 0.5 || furthest(f.at, jumped[0].at) < 0.5));
  await still.context().close();
});

test('hover and focus: a Service lights its Pods up, a Pod its Services with the label; a chosen one dims the rest', async () => {
  const page = await routed();
  await line(page, 'kubectl create deployment web --image=nginx; kubectl expose deployment web --port=80');
  await podsRun(page, 4);
  const lit = () => page.locator('#stage svg .lit[data-place^="pod:"]').count();
  await page.locator('[data-service="default/http-go-svc"]').hover();
  await page.waitForFunction(() => document.querySelectorAll('#stage svg .lit[data-place^="pod:"]').length === 3);
  assert.match(await page.locator('#stage svg .lit[data-place^="pod:"]').first().textContent(), /tier=http-go/);
  await page.locator('#stage [data-place^="pod:default/web"]').hover();
  await page.waitForFunction(() => document.querySelector('.ribbon.lit'));
  assert.equal(await page.locator('.ribbon.lit').count(), 1);
  assert.match(await page.locator('[data-service="default/web"]').textContent(), /← app=web/);
  await page.mouse.move(700, 5);
  await page.waitForFunction(() => !document.querySelector('.ribbon.lit'));

  // By keyboard: focus lights up as the pointer does; Enter chooses; Escape closes the menu, and then leaves the focus.
  await page.locator('[data-service="default/web"] g[role=button]').focus();
  await page.waitForFunction(() => document.querySelectorAll('#stage svg .lit[data-place^="pod:"]').length === 1);
  await page.keyboard.press('Enter');
  await page.waitForSelector('#menu');
  await page.keyboard.press('Escape');
  await page.waitForSelector('#menu', { state: 'detached' });
  assert.equal(await page.locator('#stage svg .dim[data-place^="pod:"]').count(), 3);
  assert.equal(await page.locator('[data-service="default/http-go-svc"].dim').count(), 1);
  assert.match(await page.locator('#unfocus').innerText(), /Only web/);
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !document.querySelector('#stage svg .dim'));
  assert.equal(await page.locator('#unfocus').count(), 0);
  assert.equal(await lit(), 1, 'the keyboard is on the Service still');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('three nodes fit; zoom by button, key and wheel; drag on empty ground; 0 fits again', async () => {
  const page = await routed();
  const stage = page.locator('#stage');
  const room = () => stage.evaluate((s) => [s.scrollHeight - s.clientHeight, s.scrollWidth - s.clientWidth]);
  const wide = () => page.locator('#stage > svg').evaluate((s) => s.getBoundingClientRect().width);
  assert.deepEqual((await room()).map((v) => v <= 1), [true, true], 'all is in sight at 1440 × 900');
  assert.equal(await page.locator('.more-below').count(), 0);
  const whole = await wide();
  await page.locator('#speed').selectOption('0.1');
  await page.locator('#send-1').click();
  await page.locator('#zoom-in').click();
  assert.ok(Math.abs(await wide() / whole - 1.25) < 0.01);
  assert.equal(await page.locator('.more-below').count(), 1);
  // While dots are under way their canvas follows with the next frame.
  await page.waitForFunction(() => Math.abs(document.querySelector('#dots').getBoundingClientRect().width - document.querySelector('#stage > svg').getBoundingClientRect().width) < 1);
  await page.locator('#stage').focus().catch(() => {});
  await page.keyboard.press('+');
  assert.ok(Math.abs(await wide() / whole - 1.5625) < 0.02);

  // What is under the pointer stays there.
  const box = await stage.boundingBox();
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const under = () => page.locator('#stage > svg').evaluate((s, p) => { const r = s.getBoundingClientRect(); return [(p.x - r.x) / r.width, (p.y - r.y) / r.height]; }, at);
  await page.mouse.move(at.x, at.y);
  const before = await under();
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -60);
  await page.keyboard.up('Control');
  await page.waitForTimeout(150);
  const zoomed = await under();
  assert.ok(await wide() / whole > 1.6 && before.every((v, i) => Math.abs(v - zoomed[i]) < 0.01), JSON.stringify([before, zoomed]));

  // Empty ground: the cluster's margin at the left wall.
  const scrolled = () => stage.evaluate((s) => [s.scrollLeft, s.scrollTop]);
  const [x0, y0] = await scrolled();
  const ground = await page.evaluate(([x, y, w, h]) => {
    for (let i = 20; i < w - 140; i += 12) for (let j = 20; j < h - 100; j += 12) {
      const t = document.elementFromPoint(x + i, y + j);
      if (t?.closest('#stage') && !t.closest('g[role=button]')) return { x: x + i, y: y + j };
    }
    return null;
  }, [box.x, box.y, box.width, box.height]);
  await page.mouse.move(ground.x, ground.y);
  await page.mouse.down();
  await page.mouse.move(ground.x + 40, ground.y + 30, { steps: 4 });
  await page.mouse.up();
  assert.deepEqual(await scrolled(), [x0 - 40, y0 - 30]);

  await page.keyboard.press('0');
  await page.waitForTimeout(100);
  assert.ok((await room()).every((v) => v <= 1) && Math.abs(await wide() - whole) < 1);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('rules that don’t fit are counted and a click away; pins tell minutes, one per node, and break with their Pod', async () => {
  const page = await routed();
  const proxy = page.locator('#stage svg [data-place="proxy:control-plane"]');
  assert.match(await proxy.textContent(), /:80 → KUBE-SVC.*\+\d+ more/s);
  await proxy.getByRole('button').click();
  assert.equal(await page.locator('#tab-iptables').getAttribute('aria-selected'), 'true');
  await page.waitForFunction(() => [...document.querySelectorAll('#panel select')].some((s) => s.value === 'control-plane'));
  await page.locator('#tab-terminal').click();

  await line(page, `kubectl patch svc http-go-svc -p '{"spec":{"sessionAffinity":"ClientIP"}}'`);
  await page.waitForTimeout(1_500);
  // Three nodes, each with a draw of its own: at least two of them differ, or all rings are at one Pod beside each other.
  await line(page, 'for n in 2 3 4; do curl -s 192.168.49.$n:30001; done');
  await page.waitForFunction(() => document.querySelectorAll('.threads > g').length === 3);
  const rings = await page.locator('.threads .ring').evaluateAll((all) => all.map((c) => [c.getAttribute('cx'), c.getAttribute('cy')].join()));
  assert.equal(new Set(rings).size, 3, rings.join(' '));
  for (const left of await page.locator('.pin-left').allTextContents()) assert.equal(left, '2h59');

  assert.deepEqual(await page.locator('.threads > g').evaluateAll((all) => all.map((g) => g.dataset.pin).sort()), ['control-plane', 'worker-1', 'worker-2']);
  await page.locator('.threads g[role=button]').first().click();
  assert.equal(await page.locator('#tab-affinity').getAttribute('aria-selected'), 'true');
  await page.locator('#tab-terminal').click();

  const pod = (await page.locator('.threads > g > [aria-label]').first().getAttribute('aria-label')).match(/default\/(http-go-rs-\w+)/)[1];
  await page.evaluate(() => {
    window.broken = [];
    new MutationObserver(() => { for (const g of document.querySelectorAll('.threads .broken [aria-label]')) window.broken.push(g.getAttribute('aria-label')); })
      .observe(document.querySelector('#stage svg'), { subtree: true, childList: true, attributes: true });
  });
  await line(page, `kubectl delete pod ${pod}`);
  await page.waitForFunction((name) => window.broken.some((l) => l.includes(name) && /broken/.test(l)), pod);
  await page.waitForFunction(() => !document.querySelector('.threads .broken'), null, { timeout: 40_000 });
  await line(page, 'for n in 2 3 4; do curl -s 192.168.49.$n:30001; done');
  await page.waitForFunction((name) => document.querySelectorAll('.threads > g').length === 3 && !document.querySelector(`.threads [aria-label*="${name}"]`), pod);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('Services of which nobody chooses a Pod show no shares', async () => {
  const page = await routed();
  await line(page, 'kubectl create service externalname other --external-name example.com; kubectl create service clusterip web --clusterip=None --tcp=80');
  await page.waitForTimeout(600);
  for (const [name, ribbon, strip] of [['other', /other → example\.com · ExternalName/, /another name of example\.com/], ['web', /web · Selects no Pod · headless/, /Headless: DNS gives/]]) {
    await page.locator(`[data-service="default/${name}"] g[role=button]`).click();
    await page.keyboard.press('Escape');
    assert.match(await page.locator(`[data-service="default/${name}"]`).textContent(), ribbon);
    assert.match(await page.locator('#strip').innerText(), strip);
    assert.equal(await page.locator('#strip .bar').count(), 0);
  }
  await page.context().close();
});

test('a click on a dot opens its request, and newer ones don’t take its place', async () => {
  const page = await routed();
  await page.locator('#speed').selectOption('0.1');
  await page.locator('#send-1').click();
  await page.waitForSelector('#way');
  // A place on the way where it is over nothing that is a button itself.
  let at;
  for (let i = 0; i < 60 && !at; i++) {
    await page.waitForTimeout(100);
    const dot = await painted(page);
    const ground = dot && await page.evaluate(([x, y]) => { const t = document.elementFromPoint(x, y); return Boolean(t?.closest('#stage')) && !t.closest('g[role=button]'); }, [dot.x, dot.y]);
    if (ground) at = dot;
  }
  await page.locator('#play').click();
  at = await painted(page);
  await page.locator('#send-1').click();
  const shown = () => page.locator('#inspector h2').innerText();
  await page.waitForFunction(() => /#2/.test(document.querySelector('#inspector h2').innerText));
  await page.mouse.click(at.x, at.y);
  await page.waitForTimeout(300);
  assert.match(await shown(), /#1$/);
  await page.context().close();
});

test('Services and Pods of other namespaces are told apart', async () => {
  const page = await routed();
  await line(page, 'kubectl create namespace team; kubectl create deployment web --image=nginx -n team; kubectl expose deployment web --port=80 -n team');
  await podsRun(page, 4);
  assert.match(await page.locator('[data-service="team/web"]').textContent(), /team\/web 10\./);
  const pod = page.locator('#stage [data-place^="pod:team/web"]');
  assert.match(await pod.textContent(), /team 10\.244\./);
  await page.locator('#lens-logical').click();
  await page.waitForTimeout(500);
  // Both Services' ways are there: from the client to each, and to four Pods.
  assert.equal(await page.locator('.ways .wire').count(), 4 + 2, await page.locator('#stage .ways').innerHTML());
  await page.context().close();
});

test('ten nodes with a hundred Pods have their places: nothing overlaps, and a reload brings them back', async () => {
  const page = await open(b, `${site.url}?lang=en&lesson=none&workers=9`);
  await line(page, APPLY);
  await line(page, 'kubectl scale rs http-go-rs --replicas=100');
  await page.waitForFunction(() => document.querySelector('#wishes .m')?.textContent === '100/100', null, { timeout: 60_000 });
  await page.waitForTimeout(1_500);
  const boxes = () => page.locator('#stage [data-place^="proxy:"] .proxy, #stage .pod:not(.under), #stage .door, #stage .ribbon').evaluateAll((all) => all.map((c) => { const r = c.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]; }));
  for (const lens of ['network', 'logical']) {
    await page.locator(`#lens-${lens}`).click();
    await page.waitForTimeout(600);
    const all = await boxes();
    assert.ok(lens === 'logical' || all.length >= 10 + 10 + 1 + 9, `${lens}: ${all.length}`);
    for (const [i, a] of all.entries()) for (const c of all.slice(i + 1)) {
      assert.ok(a[2] <= c[0] + 0.5 || c[2] <= a[0] + 0.5 || a[3] <= c[1] + 0.5 || c[3] <= a[1] + 0.5, `${lens} ${JSON.stringify([a, c])}`);
    }
  }
  await page.locator('#lens-network').click();
  await page.waitForTimeout(1_500);
  await page.goto(`${site.url}?lang=en&lesson=none`);
  await page.waitForFunction(() => document.querySelectorAll('#stage .node-name').length === 10, null, { timeout: 20_000 });
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
