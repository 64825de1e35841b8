// Motion is truth, for requests that fail as well, and in both lenses: step by step a dot stands at the places of its
// packet's hops, painted where those places are, and a failed one stays where it died.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browser, painted, serve } from './harness.mjs';
import { still } from './still.mjs';

let b, site;
before(async () => { b = await browser(); site = await serve(); });
after(async () => { await b?.close(); await site?.close(); });

const DOOR = '192.168.49.4:30001';
/** What a session needs for the next request to `to` to end in its way, and what its trace says of the end. */
const ENDS = {
  answered: { setup: 'kubectl apply -f http-go-rs.yaml -f http-go-np.yaml; sleep 3', to: DOOR, end: 'client:user' },
  rejected: { setup: 'kubectl apply -f http-go-np.yaml; sleep 2', to: DOOR, end: /^(door|proxy|node):worker-2/, told: /REJECT/ },
  dropped: {
    setup: `kubectl apply -f http-go-rs.yaml -f http-go-np.yaml; kubectl scale rs http-go-rs --replicas=1; kubectl patch svc http-go-svc -p '{"spec":{"externalTrafficPolicy":"Local"}}'; sleep 3; kubectl get pods -o wide`,
    // The door of the node that has no Pod.
    to: async (page) => (/ worker-1 /.test(await page.locator('#printed').innerText()) ? DOOR : '192.168.49.3:30001'),
    end: /^(door|proxy|node):worker-\d/, told: /timed out|DROP/,
  },
  refused: {
    setup: `kubectl apply -f http-go-rs.yaml -f http-go-np.yaml; kubectl patch svc http-go-svc -p '{"spec":{"ports":[{"port":80,"targetPort":9999,"nodePort":30001}]}}'; sleep 3`,
    // The refusal comes back as an answer does.
    to: DOOR, end: 'client:user', told: /refused/i,
  },
};

/** The places of the inspected request's hops, each once for as long as it stays there. */
const trace = (page) => page.locator('#inspector .hop').evaluateAll((hops) => hops.map((h) => h.dataset.place).filter((p, i, all) => p !== all[i - 1]));

/** Where the middle of what is painted is, and the box of the thing that stands for a place in this lens. */
const paintedAt = async (page, place) => {
  const at = await painted(page);
  const { left, right, top, bottom } = await page.evaluate((id) => {
    const drawn = document.querySelector(`#stage svg [data-place="${id}"]`) ?? document.querySelector('#stage g[role=button]:has(.ribbon)');
    return drawn.getBoundingClientRect().toJSON();
  }, place);
  return { at, box: [left, top, right, bottom].map(Math.round), inside: !!at && at.x >= left - 9 && at.x <= right + 9 && at.y >= top - 9 && at.y <= bottom + 9 };
};

for (const lens of ['network', 'logical']) {
  for (const [name, { setup, to, end, told }] of Object.entries(ENDS)) {
    test(`${name}, in the ${lens} view: step by step at its hops, painted there`, async () => {
      const page = await still(b, `${site.url}?lang=en&lesson=none`);
      await page.type(setup);
      await page.locator('#to').fill(typeof to === 'string' ? to : await to(page));
      await page.locator('#to').press('Tab');
      await page.locator(`#lens-${lens}`).click();
      await page.pass(1_500);
      await page.locator('#play').click();
      await page.locator('#send-1').click();
      await page.pass(50);
      const place = () => page.locator('#dots').getAttribute('data-place');
      const way = [await place()];
      for (let i = 0; i < 20 && !(i > 0 && way.at(-1) === way.at(-2)); i++) {
        const seen = await paintedAt(page, way.at(-1));
        assert.ok(seen.inside, `${way.at(-1)}: ${JSON.stringify(seen)} of ${way}`);
        await page.locator('#step').click();
        await page.pass(50);
        const now = await place();
        if (!now || now === way.at(-1)) break;
        way.push(now);
      }
      const hops = await trace(page);
      assert.deepEqual(way, hops);
      assert.match(way.at(-1), new RegExp(end));
      if (told) assert.match(await page.locator('#inspector').innerText(), told);
      await page.context().close();
    });
  }
}

test('frame by frame, at any speed, a failed dot passes its hops in order and rests where it died', async () => {
  const page = await still(b, `${site.url}?lang=en&lesson=none`);
  await page.type(ENDS.rejected.setup);
  await page.locator('#to').fill(DOOR);
  await page.locator('#to').press('Tab');
  for (const speed of ['0.25', '1', '5', '20']) {
    await page.locator('#speed').selectOption(speed);
    await page.locator('#send-1').click();
    const way = [];
    let resting = 0;
    for (let i = 0; i < 800; i++) {
      await page.pass(16);
      const at = await page.locator('#dots').getAttribute('data-place');
      if (!at && way.length) break;
      if (at && at === way.at(-1)) resting++;
      if (at && at !== way.at(-1)) { way.push(at); resting = 0; }
    }
    const hops = await trace(page);
    const within = (part, whole) => { let i = 0; for (const p of whole) if (p === part[i]) i++; return i === part.length; };
    if (Number(speed) <= 1) assert.deepEqual(way, hops, `speed ${speed}`);
    else assert.ok(within(way, hops), `speed ${speed}: ${way} in ${hops}`);
    assert.equal(way.at(-1), hops.at(-1), 'it ends where it died');
    // 2.4 seconds of its own time, as the page's clock counts them; at twentyfold that is fewer frames than can be told.
    if (Number(speed) <= 5) assert.ok(resting * 0.016 * Number(speed) > 1.8, `rested ${resting} frames at ${speed}`);
  }
  await page.context().close();
});
