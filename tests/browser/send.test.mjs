// Who sends what to where: the sending bar with its drawers, clients outside, kept connections, guesses.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browser, idle, line, open, podsRun, serve } from './harness.mjs';

let b, site;
before(async () => { b = await browser(); site = await serve(); });
after(async () => { await b?.close(); await site?.close(); });

/** Three Pods behind a NodePort 30001. */
async function routed(options, query = '') {
  const page = await open(b, `${site.url}?lang=en&lesson=none${query}`, options);
  await line(page, 'kubectl apply -f http-go-rs.yaml -f http-go-np.yaml; kubectl set selector service http-go-svc tier=http-go');
  await podsRun(page, 3, 'http-go-rs');
  await page.waitForTimeout(2_000);
  return page;
}

const client = (page, name) => page.locator(`#stage g[role=button][aria-label^="${name}, "]`);
const kept = (page) => page.locator('#stage [data-line]');
const inspected = (page, n) => page.waitForFunction((n) => document.querySelector('#inspector-title')?.innerText === `Request #${n}`, n, { timeout: 20_000 });
const hops = (page) => page.locator('#inspector .hop').evaluateAll((all) => all.map((h) => ({ place: h.dataset.place, title: h.querySelector('b').innerText, text: h.textContent })));
/** Opens the list of requests and gives its rows, newest first, as arrays of cells. */
async function requests(page) {
  await page.locator('#tab-requests').click();
  await page.waitForTimeout(300);
  const rows = await page.locator('#panel tbody tr').evaluateAll((rows) => rows.map((r) => [...r.cells].map((c) => c.innerText)));
  await page.locator('#tab-terminal').click();
  return rows;
}

test('clients outside come and go, are chosen on the stage, and send through the user’s machine under their own addresses', async () => {
  const page = await routed();
  await page.locator('#send-more').click();
  for (const name of ['A', 'B']) { await page.locator('#add-client').click(); await client(page, name).waitFor(); }
  await client(page, 'A').focus();
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('#from').inputValue(), 'A');
  assert.match(await client(page, 'A').locator('circle').getAttribute('class'), /sends/);
  await page.locator('#send-1').click();
  await inspected(page, 1);
  const way = await hops(page);
  assert.deepEqual(way.slice(0, 3).map((h) => h.place), ['client:A', 'client:user', 'door:control-plane:30001']);
  assert.ok(way[1].text.includes('203.0.113.7:'), way[1].text);
  assert.equal(way.at(-1).place, 'client:A');
  // All in turn, the user's machine among them.
  await page.locator('#from').selectOption('clients');
  await page.locator('#burst').fill('6');
  await page.locator('#burst').press('Enter');
  await page.locator('#send-n').click();
  await inspected(page, 7);
  const from = (await requests(page)).slice(0, 6).map((r) => r[2]).sort();
  assert.deepEqual(from, ['A', 'A', 'B', 'B', 'your machine', 'your machine']);
  await page.locator('#send-drawer .chip', { hasText: '203.0.113.7' }).locator('button').click();
  await client(page, 'A').waitFor({ state: 'detached' });
  // At most six stand outside, and none over another.
  for (let i = 0; i < 4; i++) await page.locator('#add-client').click();
  assert.ok(await page.locator('#add-client').isDisabled());
  const boxes = await page.locator('#stage g[data-place^="client:"]').evaluateAll((all) => all.map((c) => { const r = c.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]; }));
  assert.equal(boxes.length, 6);
  for (const [i, a] of boxes.entries()) for (const c of boxes.slice(i + 1)) assert.ok(a[2] <= c[0] || c[2] <= a[0] || a[3] <= c[1] || c[3] <= a[1], JSON.stringify([a, c]));
  // They are there after a reload, too.
  await page.waitForTimeout(1_500);
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll('#stage g[data-place^="client:"]').length === 6);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a kept connection is a line that stays, counts, ends with its Pod, and can be closed', async () => {
  const page = await routed();
  await page.locator('#send-more').click();
  await page.locator('#keep').check();
  await page.locator('#send-n').click();
  await page.waitForSelector('#stage [data-line="1"]');
  assert.equal(await kept(page).locator('text').innerHTML(), '30');
  await inspected(page, 30);
  assert.match(await page.locator('#inspector .over').innerText(), /Request 30 on kept connection 1/);
  assert.ok((await hops(page)).some((h) => h.title.includes('conntrack')));
  const rows = (await requests(page)).slice(0, 30);
  const pods = new Set(rows.map((r) => r[4]));
  assert.equal(pods.size, 1, JSON.stringify([...pods]));
  const label = await kept(page).locator('[role=button]').getAttribute('aria-label');
  assert.match(label, /your machine → http-go-rs-\w+, 30 requests/);
  const pod = label.match(/http-go-rs-\w+/)[0];
  // No longer an endpoint, and yet served by it.
  await line(page, `kubectl label pod ${pod} tier-`);
  await page.locator('#send-1').click();
  await page.waitForFunction(() => document.querySelector('#stage [data-line="1"] text')?.textContent === '31');
  await page.evaluate(() => {
    window.heard = [];
    const told = document.querySelector('#told');
    new MutationObserver(() => window.heard.push(told.textContent)).observe(told, { childList: true, characterData: true, subtree: true });
  });
  await line(page, `kubectl delete pod ${pod}`);
  await page.waitForSelector('#stage [data-line="1"].ended');
  assert.match(await kept(page).first().getAttribute('aria-label'), /ended: closed by the Pod/);
  await page.waitForFunction(() => window.heard.some((t) => /Connection 1 ended/.test(t)));
  await page.locator('#send-1').click();
  await page.waitForSelector('#stage [data-line="2"] [role=button]');
  // By keyboard it is closed; then it is gone.
  await page.locator('#stage [data-line="2"] [role=button]').focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('#stage [data-line="2"].ended');
  await page.waitForSelector('#stage [data-line="2"]', { state: 'detached', timeout: 20_000 });
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a guess is judged at its place and told, with the reason', async () => {
  const page = await routed();
  await page.locator('#send-guess').focus();
  await page.keyboard.press('Enter');
  const buttons = await page.locator('#guess .pill').allInnerTexts();
  assert.equal(buttons.filter((t) => /http-go-rs-/.test(t)).length, 3);
  assert.deepEqual(buttons.slice(3), ['any of the 3, 1/3 each', 'refused', 'times out', 'no route']);
  const verdict = () => page.locator('#verdict').innerText();
  const guess = async (text) => {
    const before = await verdict();
    await page.locator('#guess .pill', { hasText: text }).focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction((t) => document.querySelector('#verdict').innerText !== t, before);
    return verdict();
  };
  assert.match(await guess('any of the 3'), /^✓ Right: http-go-rs-\w+ answered\. By chance: each of the 3 ready Pods had 1\/3\./);
  assert.match(await guess('refused'), /^✗ Not this time: http-go-rs-\w+ answered/);
  assert.equal(await page.locator('#verdict').getAttribute('role'), 'status');
  await line(page, `kubectl patch svc http-go-svc -p '{"spec":{"sessionAffinity":"ClientIP"}}'`);
  await page.waitForTimeout(1_500);
  const pod = (await guess('any of the 3')).match(/http-go-rs-\w+/)[0];
  assert.match(await guess(pod), new RegExp(`^✓ Right: ${pod} answered\\. Session affinity: this client was remembered for \\d+ s more`));
  await page.locator('#to').fill('192.168.49.3:31999');
  await page.locator('#to').press('Tab');
  assert.equal(await verdict(), '', 'the verdict was about another request');
  assert.match(await guess('refused'), /^✓ Right: connection refused/);
  await page.locator('#from').selectOption({ index: 1 });
  assert.ok((await page.locator('#from').inputValue()).startsWith('default/'));
  await page.locator('#to').fill('nosuch');
  await page.locator('#to').press('Tab');
  assert.match(await guess('NXDOMAIN'), /^✓ Right: NXDOMAIN/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('what is proposed can be reached; what can’t be says so as curl does', async () => {
  const page = await open(b, `${site.url}?lang=en&lesson=none`);
  await line(page, 'kubectl apply -f http-go-rs.yaml -f http-go-svc.yaml; kubectl set selector service http-go-svc tier=http-go');
  await podsRun(page, 3, 'http-go-rs');
  // Without a door a Pod sends, to the ClusterIP.
  await page.waitForFunction(() => document.querySelector('#from').value.startsWith('default/') && document.querySelector('#to').value.startsWith('10.'));
  const clusterIP = await page.locator('#to').inputValue();
  await page.locator('#from').selectOption('user');
  assert.equal(await page.locator('#to').inputValue(), '');
  assert.ok(await page.locator('#send-1').isDisabled());
  await page.locator('#send-more').click();
  assert.match(await page.locator('#send-hint').innerText(), /can’t be reached from outside/);
  await page.locator('#to').fill(clusterIP);
  await page.locator('#to').press('Tab');
  await page.locator('#send-1').click();
  await inspected(page, 1);
  let last = (await hops(page)).at(-1);
  assert.equal(last.title, 'No route');
  assert.match(last.text, /network is unreachable/);
  // A node as sender, then a node that is off.
  await page.locator('#from').selectOption('worker-2');
  await page.locator('#send-1').click();
  await inspected(page, 2);
  assert.equal((await hops(page)).at(-1).place, 'node:worker-2');
  await line(page, 'kubectl apply -f http-go-np.yaml; ssh worker-1 poweroff');
  await page.locator('#from').selectOption('user');
  await page.locator('#to').fill('192.168.49.3:30001');
  await page.locator('#to').press('Tab');
  await page.locator('#send-1').click();
  await inspected(page, 3);
  last = (await hops(page)).at(-1);
  assert.equal(last.title, 'No route');
  assert.match(last.text, /no route to host/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('the bar is one row at every width, and nothing in it is too small to touch', async () => {
  for (const [width, height, query] of [[1440, 900, ''], [1024, 768, ''], [390, 844, ''], [360, 480, '&embed']]) {
    for (const lang of ['en', 'ko']) {
      const page = await open(b, `${site.url}?lang=${lang}&lesson=none${query}`, { viewport: { width, height } });
      const rects = () => page.locator('.sending > :is(select, input, button)').evaluateAll((all) => all.map((e) => e.getBoundingClientRect()).filter((r) => r.width > 0).map((r) => [r.left, r.top, r.right, r.bottom]));
      let all = await rects();
      assert.ok(all.length >= 3 && all.every((r) => Math.abs(r[1] + r[3] - all[0][1] - all[0][3]) < 4 && r[0] >= 0 && r[2] <= width), `${width} ${lang} ${JSON.stringify(all)}`);
      await page.locator('#send-more').click();
      await page.waitForSelector('#send-drawer');
      await page.locator('#add-client').click();
      await idle(page);
      await page.waitForSelector('#send-drawer .chip');
      all = [...await rects(), ...await page.locator('#send-drawer :is(input, button)').evaluateAll((all) => all.map((e) => e.getBoundingClientRect()).map((r) => [r.left, r.top, r.right, r.bottom]))];
      for (const r of all) assert.ok(r[2] - r[0] >= 24 && r[3] - r[1] >= 24 && r[0] >= 0 && r[2] <= width, `${width} ${lang} ${JSON.stringify(r)}`);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    }
  }
});

test('from a node that is off nothing is sent, and the bar says so', async () => {
  const page = await routed();
  const pod = await page.locator('#from option').evaluateAll((all) => all.map((o) => o.value).find((v) => v.startsWith('default/')));
  await page.locator('#from').selectOption(pod);
  const node = await page.locator(`[data-place="pod:${pod}"]`).evaluate((p) => [...document.querySelectorAll('#stage .room')].findIndex((r) => { const [a, b] = [r.getBoundingClientRect(), p.getBoundingClientRect()]; return a.top <= b.top && b.bottom <= a.bottom; }));
  await line(page, `ssh worker-${node} poweroff`);
  await page.waitForSelector('#send-hint');
  assert.match(await page.locator('#send-hint').innerText(), /The node is down/);
  for (const id of ['#send-1', '#send-n', '#rate']) assert.ok(await page.locator(id).isDisabled(), id);
  await page.locator('#from').selectOption('user');
  assert.ok(await page.locator('#send-1').isEnabled());
  assert.equal(await page.locator('#send-hint').count(), 0);
  await page.context().close();
});
