// Time: rewinding, other courses, steps; and that a dot's way is its packet's way, however the clocks are driven.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browser, idle, line, open, printed, serve } from './harness.mjs';

let b, site;
before(async () => { b = await browser(); site = await serve(); });
after(async () => { await b?.close(); await site?.close(); });

const pods = (page, how = /^Pod .*Running/) => page.evaluate((re) => [...document.querySelectorAll('#stage g[role=button]')]
  .filter((g) => new RegExp(re).test(g.getAttribute('aria-label'))).length, how.source);
const podsAre = (page, n) => page.waitForFunction((want) => [...document.querySelectorAll('#stage g[role=button]')]
  .filter((g) => /^Pod .*Running/.test(g.getAttribute('aria-label'))).length === want, n, { timeout: 20_000 });
const clock = async (page) => Number((await page.locator('#clock').innerText()).replace(/[^\d.]/g, ''));
const said = (page) => page.locator('#scrub').getAttribute('aria-valuetext');
/** Goes to the first moment in the list of what happened whose words match. */
const goTo = async (page, words) => {
  if (await page.locator('#moments').getAttribute('aria-expanded') !== 'true') await page.locator('#moments').click();
  await page.locator('#moments-list button').filter({ hasText: words }).last().click();
  await page.locator('#moments').click();
};

test('rewinding by keyboard and pointer shows the Pods and the terminal of that moment', async () => {
  const page = await open(b, `${site.url}?lang=en&lesson=none`);
  await line(page, 'kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml');
  await podsAre(page, 3);
  // What the lesson notes of it comes before the next line.
  await page.waitForTimeout(500);
  await line(page, 'kubectl get rs --no-headers');
  await line(page, 'kubectl delete rs http-go-rs --wait=false');
  await podsAre(page, 0);
  await page.waitForTimeout(1_500);
  await line(page, 'echo last');
  await page.locator('#play').click();
  const [whole, end] = [await printed(page), await clock(page)];

  // By keyboard: to the start, second by second, and back to now.
  await page.locator('#scrub').focus();
  await page.keyboard.press('Home');
  assert.equal(await printed(page), '');
  assert.equal(await pods(page), 0);
  assert.match(await said(page), /^0\.0 s of \d+\.\d s/);
  assert.ok(await page.locator('.earlier').isVisible());
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  assert.equal(await clock(page), 2);
  assert.match(await printed(page), /^\$ kubectl apply -f http-go-svc\.yaml -f http-go-rs\.yaml\n/);
  await page.keyboard.press('ArrowLeft');
  assert.equal(await clock(page), 1);
  await page.keyboard.press('End');
  assert.equal(await printed(page), whole);
  assert.equal(await clock(page), end);
  assert.equal(await page.locator('.earlier').count(), 0);

  // By what happened: three Pods were ready, and the delete was not typed yet.
  await goTo(page, 'kubectl get rs');
  assert.equal(await pods(page), 3);
  const then = await printed(page);
  assert.match(then, /http-go-rs +3 +3 +3/);
  assert.doesNotMatch(then, /deleted/);
  assert.match(await said(page), /kubectl get rs/);

  // By pointer: the slider's two ends.
  const box = await page.locator('#scrub').boundingBox();
  const press = (share) => page.mouse.click(box.x + 8 + share * (box.width - 16), box.y + box.height / 2);
  await press(0);
  assert.equal(await printed(page), '');
  await press(0.9);
  assert.ok(Math.abs((await clock(page)) - 0.9 * end) < 0.05 * end + 0.2, `${await clock(page)} of ${end}`);
  await page.locator('#present').click();
  assert.equal(await printed(page), whole);

  // What happened is played again up to the present, where life goes on.
  await goTo(page, 'kubectl get rs');
  await page.locator('#speed').selectOption('20');
  await page.locator('#play').click();
  await page.waitForFunction((t) => Number(document.querySelector('#clock').innerText.replace(/[^\d.]/g, '')) > t + 1, end);
  assert.equal(await printed(page), whole);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('to act in the past begins another course; the first one can be had back; a reload keeps the course', async () => {
  const page = await open(b, `${site.url}?lang=en&lesson=none`);
  await line(page, 'kubectl apply -f http-go-rs.yaml');
  await podsAre(page, 3);
  await line(page, 'kubectl get pods');
  await line(page, 'kubectl delete rs http-go-rs --wait=false');
  await podsAre(page, 0);
  const first = await printed(page);
  await goTo(page, 'kubectl get pods');
  assert.equal(await pods(page), 3);
  await line(page, 'echo another course');
  assert.equal(await page.locator('.earlier').count(), 0);
  await page.waitForTimeout(1_500);
  assert.equal(await pods(page), 3, 'what was deleted later is not deleted here');
  assert.match(await printed(page), /another course\n$/);
  assert.doesNotMatch(await printed(page), /deleted/);

  await page.locator('#other-course').click();
  assert.equal(await printed(page), first);
  assert.equal(await pods(page), 0);
  await page.locator('#other-course').click();
  assert.equal(await pods(page), 3);
  // Typed lines of both courses stay at the prompt.
  await page.locator('#prompt').focus();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  assert.match(await page.locator('#prompt').inputValue(), /kubectl delete rs/);
  await page.locator('#prompt').fill('');

  await page.waitForTimeout(1_300);
  const kept = await printed(page);
  await page.reload();
  await page.waitForSelector('#workbench');
  await idle(page);
  assert.equal(await printed(page), kept);
  assert.equal(await pods(page), 3);
  await page.locator('#scrub').focus();
  await page.keyboard.press('Home');
  assert.equal(await printed(page), '');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('what happened is told in Korean, and small pages have the slider too', async () => {
  const page = await open(b, `${site.url}?lang=ko&lesson=none`, { viewport: { width: 390, height: 844 } });
  await page.locator('#pane-terminal').click();
  await line(page, 'kubectl apply -f http-go-rs.yaml');
  await page.waitForTimeout(2_500);
  await page.locator('#pane-stage').click();
  await page.locator('#scrub').focus();
  await page.keyboard.press('ArrowLeft');
  assert.match(await said(page), /초 중 \d/);
  assert.match(await page.locator('.earlier').innerText(), /지난 순간/);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 390, `${width} px wide`);
  await page.context().close();
  const small = await open(b, `${site.url}?embed&lang=en`, { viewport: { width: 360, height: 480 } });
  await small.waitForTimeout(1_200);
  await small.locator('#scrub').focus();
  await small.keyboard.press('Home');
  await small.locator('#present').waitFor();
  await small.context().close();
});

test('steps: a second; speeds from a tenth to twentyfold', async () => {
  const page = await open(b, `${site.url}?lang=en&lesson=none`);
  await page.locator('#play').click();
  const at = await clock(page);
  await page.locator('#step-second').click();
  assert.ok(Math.abs((await clock(page)) - at - 1) < 0.11);
  assert.deepEqual(await page.locator('#speed option').allInnerTexts(), ['0.1×', '0.25×', '0.5×', '1×', '2×', '5×', '10×', '20×']);
  await page.context().close();
});

/** A page where requests by worker-2's door are answered by one of three Pods. */
async function routed(options) {
  const page = await open(b, `${site.url}?lang=en&lesson=none`, options);
  await line(page, 'kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml -f http-go-np.yaml; kubectl set selector service http-go-svc tier=http-go');
  await podsAre(page, 3);
  await page.waitForTimeout(2_000);
  await page.locator('#to').fill('192.168.49.4:30001');
  await page.locator('#to').press('Tab');
  return page;
}

/** The places of the inspected request's hops, each once for as long as it stays there. */
const trace = (page) => page.locator('#inspector .hop').evaluateAll((hops) => hops.map((h) => h.dataset.place).filter((p, i, all) => p !== all[i - 1]));

/** From now on writes down where the dot is, frame by frame. */
const watch = (page) => page.evaluate(() => {
  const dots = document.querySelector('#dots');
  window.passed = [];
  const look = () => {
    const at = dots.dataset.place;
    if (at && at !== window.passed.at(-1)) window.passed.push(at);
    window.looking = requestAnimationFrame(look);
  };
  cancelAnimationFrame(window.looking);
  look();
});
const passed = (page) => page.evaluate(() => window.passed);
const landed = (page) => page.waitForFunction(() => window.passed.length > 0 && !document.querySelector('#dots').dataset.place, null, { timeout: 30_000 });

/** Whether all that is painted on the dots' canvas is at the thing that stands at `place`. */
const paintedAt = (page, place) => page.evaluate((id) => {
  const c = document.querySelector('#dots');
  const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
  let n = 0, x = 0, y = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i] > 0) { const p = (i - 3) / 4; n++; x += p % c.width; y += Math.floor(p / c.width); }
  const scale = c.getBoundingClientRect().width / c.width;
  const at = { x: c.getBoundingClientRect().x + x / n * scale, y: c.getBoundingClientRect().y + y / n * scale };
  const thing = document.querySelector(`#stage svg [data-place="${id}"]`)?.querySelector('rect, circle').getBoundingClientRect();
  return { n, inside: !!thing && n > 0 && at.x >= thing.left - 2 && at.x <= thing.right + 2 && at.y >= thing.top - 2 && at.y <= thing.bottom + 2, at, thing };
}, place);

/** Whether `part` is `whole` with some left out. */
const within = (part, whole) => { let i = 0; for (const p of whole) if (p === part[i]) i++; return i === part.length; };

test('a dot passes the places of its packet’s hops, in their order, at any speed and after a pause', async () => {
  const page = await routed();
  for (const speed of ['0.25', '1', '5', '20']) {
    await page.locator('#speed').selectOption(speed);
    await watch(page);
    await page.locator('#send-1').click();
    if (speed === '0.25') {
      // A pause on the way: the dot stays where it is.
      await page.waitForTimeout(900);
      await page.locator('#play').click();
      await page.waitForTimeout(100);
      const at = await passed(page);
      await page.waitForTimeout(500);
      assert.deepEqual(await passed(page), at);
      await page.locator('#play').click();
    }
    await landed(page);
    const [way, hops] = [await passed(page), await trace(page)];
    assert.ok(hops.length >= 5 && hops[0] === 'client:user' && hops.at(-1) === 'client:user', JSON.stringify(hops));
    assert.ok(hops.includes('door:worker-2:30001'), JSON.stringify(hops));
    // The faster, the fewer frames there are to see it in; but none shows it where it never was.
    if (Number(speed) <= 1) assert.deepEqual(way, hops, `speed ${speed}`);
    else assert.ok(within(way, hops) && way.length > 1, `speed ${speed}: ${way} in ${hops}`);
  }
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('steps go from place to place, and the dot is painted there; packets go from end to end', async () => {
  const page = await routed();
  await page.locator('#play').click();
  await page.locator('#send-1').click();
  await page.waitForFunction(() => document.querySelector('#dots').dataset.place === 'client:user');
  const hops = await trace(page);
  const way = ['client:user'];
  for (let i = 1; i < hops.length; i++) {
    await page.locator('#step').click();
    await page.waitForFunction((was) => document.querySelector('#dots').dataset.place !== was, way.at(-1));
    way.push(await page.locator('#dots').getAttribute('data-place'));
    const seen = await paintedAt(page, way.at(-1));
    assert.ok(seen.inside, `${way.at(-1)}: ${JSON.stringify(seen)}`);
  }
  assert.deepEqual(way, hops);

  await page.locator('#send-1').click();
  const [, pod] = [await page.locator('#step-packet').click(), (await trace(page)).find((p) => p.startsWith('pod:'))];
  await page.waitForFunction((p) => document.querySelector('#dots').dataset.place === p, pod);
  await page.locator('#step-packet').click();
  await page.waitForFunction(() => document.querySelector('#dots').dataset.place === 'client:user');
  await page.context().close();
});

test('after a rewind the dot that was under way is again, and goes the same way', async () => {
  const page = await routed();
  await page.locator('#send-1').click();
  await page.waitForTimeout(2_000);
  await page.locator('#play').click();
  const hops = await trace(page);
  await goTo(page, '192.168.49.4:30001');
  await page.waitForFunction(() => document.querySelector('#dots').dataset.place === 'client:user');
  assert.deepEqual(await trace(page), hops);
  await watch(page);
  await page.locator('#play').click();
  await landed(page);
  assert.deepEqual(await passed(page), hops);
  // A second and a half after the start of the request nothing is under way, half a second after it it is.
  await page.locator('#play').click();
  await goTo(page, '192.168.49.4:30001');
  const start = Number(await page.locator('#scrub').inputValue());
  const seek = (tenths) => page.locator('#scrub').evaluate((e, v) => { e.value = v; e.dispatchEvent(new Event('input', { bubbles: true })); }, tenths);
  await seek(start + 15);
  await page.waitForFunction(() => !document.querySelector('#dots').dataset.place);
  await seek(start + 5);
  await page.waitForFunction((all) => all.slice(1, -1).includes(document.querySelector('#dots').dataset.place), hops);
  await page.context().close();
});

test('with reduced motion the same places are numbered instead, and nothing moves', async () => {
  const page = await routed({ reducedMotion: 'reduce' });
  await page.locator('#send-1').click();
  await page.waitForFunction(() => document.querySelector('#dots').dataset.place);
  const hops = await trace(page);
  assert.deepEqual((await page.locator('#dots').getAttribute('data-place')).split(' '), hops);
  const picture = () => page.evaluate(() => document.querySelector('#dots').toDataURL());
  const one = await picture();
  await page.waitForTimeout(300);
  assert.equal(await picture(), one);
  await page.context().close();
});
