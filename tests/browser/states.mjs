// Every state that the page can be looked at in, each reached from the one before: the pictures of the gallery and the
// checks of accessibility are made of the same list. Things are found by ids and kinds, so that any language will do.

/** Things on the stage. */
export const THING = {
  pod: '#stage [data-place^="pod:"] g[role=button]',
  door: '#stage [data-place^="door:"] g[role=button]',
  node: '#stage g[role=button]:has(.node-name)',
  service: '#stage g[role=button]:has(.ribbon)',
};
/** Opens the menu of a thing, or does what a click on it does. */
const press = async (page, kind, nth = 0) => { await page.locator(THING[kind]).nth(nth).press('Enter'); await page.pass(50); };
const escape = async (page) => { await page.keyboard.press('Escape'); await page.pass(50); };
/** Chooses the n-th entry of the open menu whose command holds a text. */
const choose = async (page, text) => { await page.locator('#menu [role=menuitem]').filter({ hasText: text }).first().click(); await page.settle(); };
const click = async (page, selector, ms = 100) => { await page.locator(selector).first().click(); await page.pass(ms); };
/** Makes the first sender whose id holds a text the one that sends. */
const sender = async (page, text) => {
  const ids = await page.locator('#from option').evaluateAll((all) => all.map((o) => o.value));
  await page.locator('#from').selectOption(ids.find((id) => id.includes(text)));
  await page.pass(100);
};
const send = async (page, ms) => { await page.go('stage'); await click(page, '#send-1', ms); };

/** In the editor: one text in place of another. */
const write = async (page, old, text) => {
  await page.go('files');
  await page.locator('#editor-host .cm-content').getByText(old).last().dblclick();
  await page.keyboard.type(text);
  await page.pass(1_000);
};

const ROUTED = 'kubectl set selector service http-go-svc tier=http-go; kubectl apply -f http-go-np.yaml; sleep 2';
const PINNED = `kubectl patch svc http-go-svc -p '{"spec":{"sessionAffinity":"ClientIP"}}'; sleep 2`;
const LOCAL = `kubectl patch svc http-go-svc -p '{"spec":{"externalTrafficPolicy":"Local"}}'; kubectl scale rs http-go-rs --replicas=1; sleep 3`;
const BROKEN = 'kubectl run slow --image=dalgudcks/http-god; kubectl run crash --image=busybox -- false; kubectl run big --image=dalgudcks/http-go --overrides=\'{"spec":{"nodeSelector":{"disk":"ssd"}}}\'; sleep 8; kubectl cordon worker-2; ssh worker-1 poweroff';

const LISTS = ['requests', 'iptables', 'endpoints', 'events', 'affinity', 'conntrack', 'dns'];
const list = (kind) => [`list-${kind}`, async (page) => { await page.go('terminal'); await click(page, `#tab-${kind}`, 1_200); }];

/** A session from a fresh page to what was pinned, looked at from all sides. */
const SESSION = [
  ['fresh', async () => {}],
  ['no-endpoints', async (page) => { await page.type('kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml'); await page.pass(3_000); }],
  ['problem', async (page) => page.go('files')],
  ['failed', async (page) => { await page.go('stage'); await sender(page, 'http-go-rs'); await send(page, 900); }],
  ['failed-told', async (page) => page.go('side')],
  ['menu-service', async (page) => { await page.go('stage'); await sender(page, 'user'); await press(page, 'service'); }],
  ['menu-pod', async (page) => { await escape(page); await press(page, 'pod'); }],
  ['menu-node', async (page) => { await escape(page); await press(page, 'node', 1); }],
  ['undo', async (page) => { await escape(page); await page.locator('#wishes .btn:last-child').first().dispatchEvent('click'); await page.settle(); await page.pass(2_500); }],
  ['routed', async (page) => {
    await page.type(ROUTED);
    await page.type('for i in $(seq 12); do curl -s 192.168.49.3:30001; done');
    await page.pass(500);
  }],
  ['terminal', async (page) => page.go('terminal')],
  ['inspected', async (page) => page.go('side')],
  ['pinned', async (page) => {
    await page.type(PINNED);
    await page.type('for i in $(seq 4); do curl -s 192.168.49.3:30001; done');
    await page.pass(500);
  }],
  ...LISTS.map(list),
  ['logical', async (page) => { await page.go('terminal'); await click(page, '#tab-terminal'); await page.go('stage'); await click(page, '#lens-logical', 1_500); await send(page, 700); }],
  ['moments', async (page) => { await click(page, '#lens-network', 1_500); await click(page, '#moments'); }],
  ['past', async (page) => { await click(page, '#moments-list li:nth-child(6) button'); await escape(page); if (await page.locator('#moments-list').count()) await click(page, '#moments'); }],
  ['other-course', async (page) => { await page.type('echo another course'); await page.pass(500); }],
  ['shut-door', async (page) => { await page.type(LOCAL); await page.pass(500); await press(page, 'door', -1); await send(page, 1_000); }],
  ['broken', async (page) => { await page.type(BROKEN); await page.pass(1_000); }],
  ['powered-off', async (page) => page.pass(60_000)],
];

/** The editor and its parts. */
const EDITOR = [
  ['hints', async (page) => {
    await write(page, '8080', '8080\nno');
    // What Kubernetes says about a field comes over the network.
    for (let i = 0; i < 20; i++) { await page.pass(100); await new Promise((done) => setTimeout(done, 20)); }
  }],
  ['faults', async (page) => {
    await escape(page);
    await page.keyboard.type('deprt: 30080');
    await page.pass(1_500);
  }],
  ['differences', async (page) => {
    for (let i = 0; i < 6; i++) await page.keyboard.press('Control+z');
    await click(page, '#apply');
    await page.settle();
    await page.go('files');
    await write(page, '8080', '9090');
    await click(page, 'button#sync');
  }],
  ['file-menu', async (page) => click(page, '#file-menu')],
  ['file-name', async (page) => click(page, '#file-rename')],
  ['examples', async (page) => {
    await escape(page);
    await click(page, '#examples-open');
    await page.waitForSelector('#examples-list li');
    await page.pass(100);
  }],
];

/** Another tab wrote the same file, and the browser's storage is full. */
const NOTICES = [
  ['other-tab', async (page) => {
    await page.go('files');
    await page.locator('#editor-host .cm-content').click();
    await page.keyboard.type('# mine ');
    await page.pass(500);
    await page.evaluate(() => {
      const key = 'kubeglass.files';
      const files = JSON.parse(localStorage.getItem(key));
      files[0][1] = files[0][1].replace('# mine ', '# theirs ');
      localStorage.setItem(key, JSON.stringify(files));
      dispatchEvent(new StorageEvent('storage', { key }));
    });
    await page.pass(300);
  }],
  ['storage-full', async (page) => {
    await page.evaluate(() => { Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }; });
    await page.locator('#editor-host .cm-content').click();
    await page.keyboard.type('more ');
    await page.pass(500);
  }],
];

/** The lesson's commands one after the other, as its text gives them. */
const LESSON = [
  ['lesson-passed', async (page) => {
    await page.go('side');
    for (let i = 0; i < 40 && !(await page.locator('#lesson-done').count()); i++) {
      const step = await page.locator('#lesson .done').count();
      // What mends it is shown to those who ask.
      const fix = page.locator('#step-body .fix:not([open]) summary');
      if (await fix.count()) await fix.click();
      const runs = page.locator('#step-body .run, #step-body .fix .btn');
      for (let n = 0; n < await runs.count() && await page.locator('#lesson .done').count() === step; n++) {
        await runs.nth(n).click();
        await page.settle();
        await page.pass(2_000);
      }
      if (await page.locator('#lesson .done').count() === step && await page.locator('#skip-step').count()) await click(page, '#skip-step');
    }
  }],
  ['free-play', async (page) => { await page.go('stage'); await click(page, '#mode-free', 500); }],
];

/** Clients outside, connections that are kept, a guess. */
const SENDING = [
  ['clients', async (page) => {
    await page.type('kubectl apply -f http-go-rs.yaml -f http-go-np.yaml; sleep 3');
    await page.go('stage');
    await click(page, '#send-more');
    await click(page, '#add-client');
    await click(page, '#add-client');
    await page.locator('#from').selectOption('clients');
  }],
  ['kept', async (page) => {
    await click(page, '#keep');
    await click(page, '#send-n', 2_500);
  }],
  ['guessed', async (page) => {
    await click(page, '#send-guess');
    await click(page, '#guess .pill', 700);
  }],
  ['kept-ended', async (page) => {
    await click(page, '#send-guess');
    await page.type('kubectl delete pod -l tier=http-go --wait=false');
    await page.pass(1_000);
    await page.go('stage');
  }],
];

/** What was looked up: a list by another order, a packet's rules, a rule of the stage, a hop. */
const LOOKED_UP = [
  ['list-sorted', async (page) => {
    await page.type('kubectl apply -f http-go-rs.yaml -f http-go-np.yaml; sleep 3; for i in $(seq 9); do curl -s 192.168.49.3:30001; done');
    await page.go('terminal');
    await click(page, '#tab-requests', 1_200);
    await click(page, '.list th:nth-child(5) .head', 1_200);
  }],
  ['packet-asked', async (page) => {
    await click(page, '#tab-iptables', 1_200);
    await click(page, '#ask-packet');
    await page.locator('#packet-to').fill('192.168.49.3:30001');
    await click(page, '#packet-ask', 1_200);
  }],
  ['rule-sought', async (page) => {
    await click(page, '#ask-packet');
    await page.go('stage');
    await click(page, '#stage .rule-line:nth-of-type(3)', 1_200);
  }],
  ['hop-open', async (page) => {
    await page.go('side');
    await click(page, '#inspector summary', 300);
  }],
];

/** What comes and goes: a node that takes no more Pods, a pin whose Pod went, more Pods than have room. */
const LIFE = [
  ['cordoned', async (page) => {
    await page.type('kubectl apply -f http-go-rs.yaml -f http-go-np.yaml; sleep 3; kubectl cordon worker-1; kubectl scale rs http-go-rs --replicas=5; sleep 4');
  }],
  ['pin-broken', async (page) => {
    await page.type(PINNED);
    await page.type('P=$(curl -s 192.168.49.4:30001); kubectl delete pod ${P#Welcome! } --wait=false');
    await page.pass(700);
  }],
  ['group-open', async (page) => {
    await page.type('kubectl uncordon worker-1; kubectl scale rs http-go-rs --replicas=40; sleep 25');
    await page.locator('#stage g[role=button]:has(.group)').first().press('Enter');
    await page.pass(500);
  }],
  ['panes-sized', async (page) => {
    const border = page.locator('.split.--low');
    if (!(await border.isVisible())) return;
    await border.focus();
    for (let i = 0; i < 8; i++) await page.keyboard.press('ArrowUp');
    await page.pass(500);
  }],
];

/** More than there are dots for. */
const LOAD = [
  ['flows', async (page) => {
    await page.type(`kubectl apply -f http-go-rs.yaml -f http-go-np.yaml; sleep 3`);
    await page.locator('#rate').evaluate((select) => { select.value = '1000'; select.dispatchEvent(new Event('change', { bubbles: true })); });
    await page.pass(3_000);
  }],
  ['crowd', async (page) => {
    await page.locator('#rate').evaluate((select) => { select.value = '0'; select.dispatchEvent(new Event('change', { bubbles: true })); });
    await page.type('kubectl scale rs http-go-rs --replicas=60');
    await page.pass(8_000);
  }],
];

/** Nothing moves: numbers at the stops of the newest request. */
const REDUCED = [
  ['reduced-motion', async (page) => {
    await page.type(`kubectl apply -f http-go-rs.yaml -f http-go-np.yaml; sleep 3; curl -s 192.168.49.4:30001`);
    await page.pass(200);
  }],
];

/** A small embed in a page of documentation. */
const EMBED = [
  ['embed', async (page) => page.pass(500)],
  ['embed-routed', async (page) => {
    await page.type('kubectl apply -f http-go-rs.yaml -f http-go-np.yaml; sleep 3');
    await send(page, 500);
  }],
  ['embed-terminal', async (page) => page.go('terminal')],
  ['embed-side', async (page) => page.go('side')],
  ['embed-files', async (page) => { await page.go('files'); await page.waitForSelector('#editor-host:not([hidden]) .cm-line'); }],
];

/** Walks through states: what the address asks for, what the browser is set to, and the sizes they make sense at. */
export const WALKS = [
  { states: SESSION },
  { states: EDITOR },
  { states: NOTICES },
  { states: LESSON },
  { states: SENDING, query: '&lesson=none' },
  { states: LOOKED_UP, query: '&lesson=none' },
  { states: LIFE, query: '&lesson=none' },
  { states: LOAD, query: '&lesson=none' },
  { states: REDUCED, query: '&lesson=none', options: { reducedMotion: 'reduce' } },
  { states: EMBED, query: '&embed', sizes: [[360, 480]] },
];
/** Sizes of a whole page. */
export const SIZES = [[1440, 900], [1024, 768], [390, 844], [360, 480]];
