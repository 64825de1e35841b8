// Lists: sorted, copied, gone through by keyboard; what a packet would meet; why a Pod is an endpoint or none; borders
// between panes; the row of time.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browser, idle, line, open, serve } from './harness.mjs';

let b, site;
before(async () => { b = await browser(); site = await serve(); });
after(async () => { await b?.close(); await site?.close(); });

const WEB = 'kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml; kubectl set selector service http-go-svc tier=http-go; kubectl apply -f http-go-np.yaml';
/** A page with a Service that answers at 192.168.49.3:30001. */
async function web(options = {}) {
  const { query = '?lang=en&lesson=none', ...more } = options;
  const page = await open(b, site.url + query, { serviceWorkers: 'block', ...more });
  await page.mouse.move(700, 450);
  await line(page, WEB);
  await page.waitForTimeout(3_000);
  return page;
}
const send = async (page) => {
  await page.locator('#to').fill('192.168.49.3:30001');
  await page.locator('#to').press('Tab');
  await page.locator('#send-n').click();
};
const list = (page, name) => page.locator(`#tab-${name}`).click();
const column = (page, n) => page.locator(`#rows tbody tr[data-row] td:nth-child(${n})`).allInnerTexts();
const focused = (page) => page.evaluate(() => document.activeElement.id);
const clean = async (page) => { assert.deepEqual(page.complaints, []); await page.context().close(); };

test('requests are sorted by their heads, by pointer and key, and as the clock of the page counts', async () => {
  const page = await web();
  await send(page);
  await list(page, 'requests');
  await page.locator('#row-29').waitFor();
  assert.deepEqual((await column(page, 1)).slice(0, 2), ['30', '29']);
  const heads = page.locator('#rows th');
  assert.equal(await heads.first().getAttribute('aria-sort'), 'none');
  await heads.first().locator('button').click();
  await page.waitForFunction(() => document.querySelector('#row-0 td').innerText === '1');
  assert.equal(await heads.first().getAttribute('aria-sort'), 'ascending');
  assert.deepEqual((await column(page, 1)).slice(0, 11), Array.from({ length: 11 }, (_, i) => `${i + 1}`), 'as numbers, not as texts');
  await heads.nth(4).locator('button').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelectorAll('#rows th')[4].getAttribute('aria-sort') === 'descending');
  await page.waitForTimeout(200);
  const pods = await column(page, 5);
  assert.deepEqual(pods, [...pods].sort().reverse());
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('#row-0 td').innerText === '30');
  const sent = Number((await column(page, 2))[0]);
  const clock = Number((await page.locator('#clock').innerText()).match(/[\d.]+/)[0]);
  assert.ok(sent > 0 && sent <= clock + 0.2 && clock - sent < 60, `${sent} s sent, ${clock} s now`);
  await clean(page);
});

test('rows are gone through by the arrow keys and stand still meanwhile; Enter opens the request, then the Pod', async () => {
  const page = await web();
  await send(page);
  await list(page, 'requests');
  await page.locator('#row-5').waitFor();
  assert.equal(await page.locator('#rows tr[tabindex="0"]').count(), 1, 'one row is in the order of Tab');
  await page.locator('#row-0').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  assert.equal(await focused(page), 'row-2');
  await page.evaluate(() => document.querySelector('#send-1').click());
  await page.locator('#newer').waitFor();
  assert.match(await page.locator('#newer').innerText(), /1/);
  assert.equal(await page.locator('#row-2 td').first().innerText(), '28');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('#inspector-title').innerText === 'Request #28');
  assert.equal(await page.locator('#row-2').getAttribute('aria-selected'), 'true');
  await page.keyboard.press('End');
  assert.equal(await focused(page), 'row-29');
  await page.locator('#newer').click();
  await page.waitForFunction(() => document.querySelector('#row-0 td').innerText === '31');
  await list(page, 'endpoints');
  await page.locator('#row-0').focus();
  const pod = (await column(page, 2))[0];
  await page.keyboard.press('Enter');
  await page.locator('#menu').waitFor();
  assert.equal(await page.locator('#menu').getAttribute('aria-label'), pod);
  await page.keyboard.press('Escape');
  await page.locator('#menu').waitFor({ state: 'detached' });
  assert.equal(await focused(page), 'row-0', 'the keyboard is back where it was');
  await clean(page);
});

test('of a long list only some rows exist; keys reach them all, and the search stays in sight', async () => {
  const page = await web();
  await page.locator('#to').fill('192.168.49.3:30001');
  await page.locator('#to').press('Tab');
  for (let i = 0; i < 12; i++) await page.locator('#send-n').click();
  await list(page, 'requests');
  await page.waitForFunction(() => Number(document.querySelector('#rows table')?.getAttribute('aria-rowcount')) === 361);
  assert.ok(await page.locator('#rows tr[data-row]').count() <= 100);
  await page.locator('#row-0').focus();
  await page.keyboard.press('End');
  await page.waitForFunction(() => document.activeElement.id === 'row-359');
  assert.equal(await page.locator('#row-359 td').first().innerText(), '1');
  assert.ok(await page.locator('#rows tr[data-row]').count() <= 100);
  const seen = (of) => page.evaluate((s) => { const [r, p] = [s, '#panel'].map((q) => document.querySelector(q).getBoundingClientRect()); return r.top >= p.top && r.bottom <= p.bottom; }, of);
  assert.ok(await seen('#panel input[type=search]'), 'the search is in sight');
  assert.ok(await seen('#rows th'), 'and so are the heads');
  await page.locator('#panel input[type=search]').fill('#');
  await page.locator('#rows .empty').waitFor();
  await clean(page);
});

for (const refused of [false, true]) {
  test(`rows are copied with their heads${refused ? ', also where the new way is refused' : ''}`, async () => {
    const page = await web({ permissions: ['clipboard-read', 'clipboard-write'] });
    if (refused) await page.evaluate(() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); });
    await list(page, 'endpoints');
    await page.locator('#row-0').waitFor();
    await page.locator('#panel input[type=search]').fill('http-go-rs');
    await page.locator('#copy').click();
    await page.waitForFunction(() => /3 lines copied/.test(document.querySelector('.copied').innerText));
    const [heads, ...rows] = (await page.evaluate(() => navigator.clipboard.readText())).trimEnd().split('\n');
    assert.deepEqual(heads.split('\t'), ['Service', 'Pod', 'Address', 'Node', 'Ready', 'Why']);
    assert.equal(rows.length, 3);
    for (const row of rows) assert.match(row, /^http-go-svc\thttp-go-rs-\w+\t10\.244\.\d\.\d+:8080\tworker-\d\ttrue\tReady$/);
    await list(page, 'iptables');
    await page.locator('#rules li').first().waitFor();
    await page.locator('#panel input[type=search]').fill('KUBE-SVC');
    await page.locator('#copy').click();
    await page.waitForFunction(() => /lines copied/.test(document.querySelector('.copied').innerText));
    const rules = (await page.evaluate(() => navigator.clipboard.readText())).trimEnd().split('\n');
    assert.ok(rules.length > 3 && rules.every((r) => /^(-A|:).*KUBE-SVC/.test(r)), rules.join('\n'));
    await clean(page);
  });
}

test('what rule a packet would meet: the chain in order, with chances, to the verdict; nothing is remembered', async () => {
  const page = await web();
  await list(page, 'conntrack');
  await page.waitForTimeout(1_200);
  const before = await page.locator('#rows').innerText();
  await list(page, 'iptables');
  await page.locator('#ask-packet').click();
  await page.locator('#packet-to').fill('192.168.49.4:30001');
  await page.locator('#packet-to').press('Enter');
  const answer = page.locator('#meeting');
  await answer.waitFor();
  const text = await answer.innerText();
  assert.match(text, /It reaches http-go-rs-\w+, which listens/);
  const order = ['worker-2 · nat · PREROUTING', 'KUBE-SERVICES', 'on to KUBE-NODEPORTS', 'on to KUBE-EXT-', 'marked 0x4000', 'on to KUBE-SVC-', 'on to KUBE-SEP-', 'the destination becomes 10.244.', 'worker-2 · filter · FORWARD', 'worker-2 · nat · POSTROUTING', 'the source becomes'];
  let at = 0;
  for (const words of order) {
    const found = text.indexOf(words, at);
    assert.ok(found >= 0, `${words} comes in its place:\n${text}`);
    at = found;
  }
  assert.match(text, /probability 0\.333: this time 0\.\d+ is drawn/);
  assert.match(await answer.locator('details').first().innerText(), /rules that don’t match/);
  assert.equal(await page.locator('#rules-node').inputValue(), 'worker-2');
  const lit = await page.locator('#rules .met').allInnerTexts();
  assert.ok(lit.length >= 6 && lit.every((l) => l.startsWith('-A ')) && lit.some((l) => l.includes('--dport 30001 ')), lit.join('\n'));
  await answer.locator('li.met .rule-text').last().click();
  await page.waitForFunction(() => document.activeElement.matches('#rules .met') && /MASQUERADE/.test(document.activeElement.innerText));
  await page.locator('#packet-to').fill('nosuch:80');
  await page.locator('#packet-ask').click();
  assert.match(await page.locator('.question [role=alert]').innerText(), /a Service’s or a node’s name/);
  // Whatever was picked meanwhile, the rules are those of the node that is named above them.
  for (const [picked, to] of [['worker-1', 'worker-2:30001'], ['worker-1', 'worker-2:30001'], ['control-plane', 'worker-1:30001']]) {
    await page.locator('#rules-node').selectOption(picked);
    await page.locator('#packet-to').fill(to);
    await page.locator('#packet-ask').click();
    await page.waitForFunction((node) => document.querySelector('#rules-node').value === node && document.querySelector('#meeting h3').innerText.startsWith(node), to.split(':')[0]);
  }
  await page.locator('#packet-to').fill('10.96.0.10:80');
  await page.locator('#packet-ask').click();
  await page.waitForFunction(() => /no way to that address/.test(document.querySelector('#meeting').innerText));
  await list(page, 'conntrack');
  await page.waitForTimeout(1_200);
  const flows = (t) => (t.match(/TIME_WAIT/g) ?? []).length;
  assert.equal(flows(await page.locator('#rows').innerText()), flows(before), 'no connection is remembered');
  await clean(page);
});

test('rules are gone through by keys; Enter follows a jump', async () => {
  const page = await web();
  await list(page, 'iptables');
  const rule = page.locator('#rules li', { hasText: '-A PREROUTING' });
  await rule.focus();
  await page.keyboard.press('Enter');
  assert.match(await page.evaluate(() => document.activeElement.innerText), /^-A KUBE-SERVICES /);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  assert.match(await page.evaluate(() => document.activeElement.innerText), /^-A KUBE-SVC-/);
  await clean(page);
});

test('endpoints say why, in both languages', async () => {
  const page = await web();
  await line(page, 'kubectl run other --image=dalgudcks/http-go --labels=tier=back; kubectl create namespace shop; sleep 1; kubectl run far -n shop --image=dalgudcks/http-go --labels=tier=http-go');
  await list(page, 'endpoints');
  const why = async (pod) => { const row = page.locator('#rows tr[data-row]', { hasText: pod }); await row.waitFor(); return row.locator('td').last().innerText(); };
  assert.equal(await why('other'), 'label tier: the Service wants http-go, the Pod has back');
  assert.equal(await why('far'), 'Its labels fit, but its namespace is shop');
  assert.equal(await page.locator('#rows tr[data-row] td:last-child', { hasText: /^Ready$/ }).count(), 3);
  await page.locator('#language').click();
  await page.waitForFunction(() => document.documentElement.lang === 'ko');
  await page.waitForTimeout(1_200);
  assert.equal(await why('other'), '라벨 tier: Service는 http-go, Pod는 back');
  assert.ok(!/Ready|wants|being/i.test(await page.locator('#rows tbody').innerText()));
  await clean(page);
});

test('a pin’s seconds run out before one’s eyes; a connection has state and time, and its line', async () => {
  const page = await web();
  await line(page, `kubectl patch svc http-go-svc -p '{"spec":{"sessionAffinity":"ClientIP"}}'; sleep 1; curl -s 192.168.49.3:30001`);
  await list(page, 'affinity');
  await page.locator('#row-0').waitFor();
  const left = async () => Number((await column(page, 5))[0].match(/\d+/)[0]);
  const early = await left();
  assert.ok(early > 10_700 && (await column(page, 6))[0] === '10800 s');
  await page.waitForTimeout(2_500);
  assert.ok(early - await left() >= 2, 'it ticks');
  await list(page, 'conntrack');
  await page.locator('#row-0').waitFor();
  const cells = await page.locator('#row-0 td').allInnerTexts();
  assert.deepEqual(cells.slice(0, 3), ['worker-1', 'TCP', 'TIME_WAIT']);
  assert.match(cells[3], /^1[01]\d s$/);
  assert.match(cells[4], /^192\.168\.49\.1:\d+ → 192\.168\.49\.3:30001$/);
  assert.match(cells[6], /^tcp +6 \d+ TIME_WAIT src=192\.168\.49\.1 dst=192\.168\.49\.3 .*use=1$/);
  await clean(page);
});
