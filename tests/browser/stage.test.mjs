// The stage: ways, labels and reasons of requests, lenses, groups of Pods, focus, zoom.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browser, line, open, serve } from './harness.mjs';

let b, site;
before(async () => { b = await browser(); site = await serve(); });
after(async () => { await b?.close(); await site?.close(); });

const APPLY = 'kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml; kubectl set selector service http-go-svc tier=http-go; kubectl apply -f http-go-np.yaml';
const pods = (page) => page.locator('#stage g[role=button][aria-label^="Pod "]');
const running = (page, n) => page.waitForFunction((want) => document.querySelectorAll('#stage g[role=button][aria-label^="Pod "][aria-label*="Running"]').length === want, n, { timeout: 20_000 });

/** A page with a Service that leads to three Pods, requests going to worker-2's door. */
async function routed(options = {}) {
  const page = await open(b, `${site.url}?lang=en&lesson=none`, options);
  await line(page, APPLY);
  await running(page, 3);
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

/** Middle of all that is painted on the dots' canvas, as a point of the page. */
const painted = (page) => page.evaluate(() => {
  const c = document.querySelector('#dots');
  const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
  let n = 0, x = 0, y = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i] > 0) { const p = (i - 3) / 4; n++; x += p % c.width; y += Math.floor(p / c.width); }
  const box = c.getBoundingClientRect();
  return n ? { x: box.x + x / n * box.width / c.width, y: box.y + y / n * box.width / c.width } : null;
});

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

test('a request that fails rests where it died, with the reason beside it', async () => {
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
  await page.locator('#speed').selectOption('5');
  await page.waitForSelector('.death', { state: 'detached' });
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
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
