// Menus of Pods, nodes and Services: by keyboard and by pointer, in both languages; every entry writes its command, and
// what a click can break it can also mend.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browser, idle, line, open, podsRun, printed, serve } from './harness.mjs';

let b, site;
before(async () => { b = await browser(); site = await serve(); });
after(async () => { await b?.close(); await site?.close(); });

const PROBED = JSON.stringify({
  apiVersion: 'v1', kind: 'Pod', metadata: { name: 'probed', labels: { app: 'probed' } },
  spec: { containers: [{ name: 'web', image: 'dalgudcks/http-go', readinessProbe: { exec: { command: ['cat', '/var/ready'] }, periodSeconds: 1, failureThreshold: 1 } }] },
});

/** The thing on the stage whose name begins so. */
const thing = (page, name) => page.locator(`#stage g[role=button][aria-label^="${name}"]`).first();
const entries = (page) => page.locator('#menu [role=menuitem]');
const entry = (page, text) => entries(page).filter({ hasText: text }).first();
/** Waits until the terminal holds a text. */
const says = (page, text) => page.waitForFunction((t) => document.querySelector('#printed').innerText.includes(t), text, { timeout: 20_000 });
/** Waits until the prompt is this one. */
const prompt = (page, text) => page.waitForFunction((t) => document.querySelector('label.prompt span').innerText === t, text, { timeout: 10_000 });

async function started(lang = 'en') {
  const page = await open(b, `${site.url}?lang=${lang}`);
  await line(page, 'kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml');
  await podsRun(page, 3, 'http-go-rs');
  return page;
}

/** Opens the menu of a thing by keyboard and goes to the entry with a text. */
async function byKeyboard(page, name, text) {
  await thing(page, name).focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('#menu');
  const count = await entries(page).count();
  for (let i = 0; i < count; i++) {
    if ((await page.evaluate(() => document.activeElement.innerText ?? '')).includes(text)) return;
    await page.keyboard.press('ArrowDown');
  }
  assert.fail(`no entry ${text} of ${name} can be reached by keyboard`);
}

/** Opens a menu by pointer and chooses an entry. */
async function byPointer(page, name, text) {
  await thing(page, name).click();
  await entry(page, text).click();
}

test('a menu is a menu: arrows, Home, End, Escape; the focus comes back', async () => {
  const page = await started();
  await thing(page, 'Node worker-1').focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('#menu[role=menu][aria-label="worker-1"]');
  const active = () => page.evaluate(() => document.activeElement.innerText.split('\n')[0]);
  const first = await active();
  await page.keyboard.press('ArrowUp');
  const last = await active();
  assert.notEqual(first, last);
  await page.keyboard.press('ArrowDown');
  assert.equal(await active(), first);
  await page.keyboard.press('End');
  assert.equal(await active(), last);
  await page.keyboard.press('Home');
  assert.equal(await active(), first);
  await page.keyboard.press('Escape');
  await page.waitForSelector('#menu', { state: 'detached' });
  assert.match(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), /^Node worker-1/);
  // A click beside it closes it, too.
  await thing(page, 'Node worker-1').click();
  await page.waitForSelector('#menu');
  await page.locator('#printed').click();
  await page.waitForSelector('#menu', { state: 'detached' });
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('what cannot be done says why and does nothing', async () => {
  const page = await started();
  await byKeyboard(page, 'Pod http-go-rs', 'Fail readiness');
  assert.match(await entry(page, 'Fail readiness').innerText(), /No readinessProbe: readiness can't fail\./);
  assert.equal(await entry(page, 'Fail readiness').getAttribute('aria-disabled'), 'true');
  const was = await printed(page);
  await page.keyboard.press('Enter');
  await page.waitForTimeout(200);
  assert.equal(await printed(page), was);
  await page.keyboard.press('Escape');
  await byKeyboard(page, 'Node control-plane', 'Take down');
  assert.match(await entry(page, 'Take down').innerText(), /The API server runs here\./);
  await page.keyboard.press('Escape');
  await byKeyboard(page, 'Service http-go-svc', 'externalTrafficPolicy');
  assert.match(await entry(page, 'externalTrafficPolicy').innerText(), /Only with type NodePort or LoadBalancer\./);
  await page.context().close();
});

test('one Pod more, by keyboard: the file says the same, comments stay, and it can be undone', async () => {
  const page = await started();
  await byKeyboard(page, 'Pod http-go-rs', 'One Pod more');
  await page.keyboard.press('Enter');
  await idle(page);
  await says(page, '$ kubectl scale rs http-go-rs --replicas=4\nreplicaset.apps/http-go-rs scaled');
  await page.locator('#undo').waitFor();
  await line(page, 'grep -B1 replicas: http-go-rs.yaml');
  await says(page, '  # 케이스에 따라 레플리카를 수정한다.\n  replicas: 4');
  // The next deed took the offer away; it is still there on Ctrl-Z, beside fields.
  await page.locator('#undo').waitFor({ state: 'detached' });
  await page.locator('#play').focus();
  await page.keyboard.press('Control+z');
  await idle(page);
  await says(page, '$ kubectl scale rs http-go-rs --replicas=3\nreplicaset.apps/http-go-rs scaled');
  await line(page, 'grep -c "replicas: 3" http-go-rs.yaml');
  assert.match(await printed(page), /\n1\n/);
  assert.equal(await page.locator('#undo').count(), 0);
  await page.context().close();
});

test('a Service gets NodePorts, policy and affinity, by pointer; deleting it is undone', async () => {
  const page = await started();
  const choose = async (text) => { await byPointer(page, 'Service http-go-svc', text); await idle(page); };
  await choose('Type: NodePort');
  await says(page, `$ kubectl patch svc http-go-svc -p '{"spec":{"type":"NodePort"}}'\nservice/http-go-svc patched`);
  await choose('externalTrafficPolicy: Local');
  await choose('sessionAffinity: ClientIP');
  await line(page, 'cat http-go-svc.yaml');
  await says(page, ' type: NodePort');
  await says(page, ' externalTrafficPolicy: Local');
  await says(page, ' sessionAffinity: ClientIP');
  await choose('Delete');
  await says(page, 'service "http-go-svc" deleted');
  await page.locator('#undo-do').click();
  await idle(page);
  await says(page, '$ kubectl apply -f http-go-svc.yaml\nservice/http-go-svc created');
  await page.context().close();
});

test('readiness fails and passes by a file that the probe looks at', async () => {
  const page = await started();
  await line(page, `echo '${PROBED}' | kubectl apply -f -`);
  await page.waitForSelector('#stage g[role=button][aria-label^="Pod probed, Running"]');
  await byKeyboard(page, 'Pod probed', 'Pass readiness');
  await page.keyboard.press('Enter');
  await idle(page);
  await says(page, '$ kubectl exec probed -- touch /var/ready');
  await page.waitForTimeout(2_500);
  await line(page, 'kubectl get pod probed --no-headers');
  await says(page, 'probed   1/1');
  await byPointer(page, 'Pod probed', 'Fail readiness');
  await idle(page);
  await says(page, '$ kubectl exec probed -- rm /var/ready');
  await page.context().close();
});

test('a shell in a Pod and on a node: a prompt of its own until exit; clicks leave it', async () => {
  const page = await started();
  await byKeyboard(page, 'Pod http-go-rs', 'Open a shell');
  await page.keyboard.press('Enter');
  await prompt(page, '#');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'prompt');
  await page.keyboard.type('x=41; cd /tmp');
  await page.keyboard.press('Enter');
  await page.keyboard.type('pwd; echo $((x + 1)); hostname');
  await page.keyboard.press('Enter');
  await idle(page);
  assert.match(await printed(page), /# pwd; echo \$\(\(x \+ 1\)\); hostname\n\/tmp\n42\nhttp-go-rs-\w{5}\n/);
  await byPointer(page, 'Node worker-1', 'ssh into it');
  await prompt(page, 'root@worker-1:~#');
  assert.match(await printed(page), /# exit\n\$ ssh worker-1\n/);
  await page.locator('#prompt').press('Control+d');
  await prompt(page, '$');
  await says(page, 'root@worker-1:~# exit\nlogout\nConnection to worker-1 closed.');
  await page.context().close();
});

test('노드를 비우고, 끄고, 다시 켠다', async () => {
  const page = await started('ko');
  await byKeyboard(page, '노드 worker-1', 'drain');
  await page.keyboard.press('Enter');
  await idle(page);
  await says(page, 'node/worker-1 drained');
  await page.locator('#undo-do').click();
  await idle(page);
  await says(page, '$ kubectl uncordon worker-1\nnode/worker-1 uncordoned');
  await byKeyboard(page, '노드 worker-1', '노드 끄기');
  await page.keyboard.press('Enter');
  await idle(page);
  await says(page, '$ ssh worker-1 poweroff\nConnection to worker-1 closed by remote host.');
  await page.locator('.transport select').selectOption('20');
  await line(page, 'sleep 65; kubectl get nodes | grep worker-1');
  await page.waitForFunction(() => /worker-1 +NotReady/.test(document.querySelector('#printed').innerText), null, { timeout: 60_000 });
  await byKeyboard(page, '노드 worker-1', '노드 다시 켜기');
  await page.keyboard.press('Enter');
  await idle(page);
  await says(page, "$ virsh start worker-1\nDomain 'worker-1' started");
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('starting over can be undone', async () => {
  const page = await started();
  await line(page, 'kubectl get pods -o name');
  const was = await printed(page);
  await page.getByRole('button', { name: 'Start over' }).click();
  await page.waitForFunction(() => document.querySelector('#printed').innerText === '');
  await page.locator('#undo-do').click();
  await page.waitForFunction((t) => document.querySelector('#printed').innerText === t, was);
  await page.context().close();
});

test('a ReplicaSet’s − and + under the stage, beside what can be undone', async () => {
  const page = await started();
  await page.getByRole('button', { name: 'http-go-rs: One Pod more' }).click();
  await idle(page);
  await says(page, '$ kubectl scale rs http-go-rs --replicas=4\n');
  await page.waitForFunction(() => document.querySelector('#wishes').innerText.includes('4/4'), null, { timeout: 20_000 });
  // The offer to undo covers neither button.
  await page.getByRole('button', { name: 'http-go-rs: One Pod less' }).click();
  await idle(page);
  await says(page, '$ kubectl scale rs http-go-rs --replicas=3\n');
  await page.locator('#undo-close').click();
  assert.equal(await page.locator('#undo').count(), 0);
  await page.context().close();
});

test('a menu goes with its thing, and the second click of a double one hits nothing', async () => {
  const page = await started();
  const pod = thing(page, 'Pod http-go-rs');
  const service = thing(page, 'Service http-go-svc');
  await service.dblclick();
  await page.waitForTimeout(500);
  assert.equal(await page.locator('#menu').count(), 1, 'the menu that a double click opened is open');
  assert.ok(!(await printed(page)).includes('describe'), 'and nothing of it was chosen');
  await page.keyboard.press('Escape');
  await pod.click();
  await page.waitForSelector('#menu');
  await entry(page, 'Describe').dblclick();
  await says(page, 'Conditions:');
  // The terminal is still what is shown: no list was opened by what lay under the menu.
  assert.equal(await page.locator('#tab-terminal').getAttribute('aria-selected'), 'true');
  assert.equal(await page.locator('#menu').count(), 0);
  await page.locator('#prompt').fill('sleep 2; kubectl delete pods --all --force --grace-period=0');
  await page.locator('#prompt').press('Enter');
  await pod.click();
  await page.waitForSelector('#menu');
  await page.waitForSelector('#menu', { state: 'detached', timeout: 15_000 });
  assert.notEqual(await page.evaluate(() => document.activeElement.tagName), 'SELECT');
  await page.context().close();
});

test('clicks are undone one after the other', async () => {
  const page = await started();
  const wish = (n) => page.waitForFunction((n) => document.querySelector('#wishes .m').innerText.endsWith(`/${n}`), n, { timeout: 15_000 });
  for (const n of [4, 5, 6]) {
    await page.locator('#wishes .btn').last().click();
    await wish(n);
  }
  await page.locator('#stage').focus();
  for (const n of [5, 4, 3]) {
    await page.keyboard.press('Control+z');
    await wish(n);
  }
  await page.keyboard.press('Control+z');
  await page.waitForFunction(() => /Nothing to undo/.test(document.querySelector('#undo')?.innerText));
  await page.context().close();
});

test('what is clicked while a command runs is told to come next', async () => {
  const page = await started();
  await page.locator('#prompt').fill('kubectl get pods -w');
  await page.locator('#prompt').press('Enter');
  await page.waitForSelector('#stop');
  await page.locator('#wishes .btn').last().click();
  await page.waitForFunction(() => /next: kubectl scale/.test(document.querySelector('.promptline').innerText));
  await page.locator('#stop').click();
  await page.waitForFunction(() => !document.querySelector('#stop'));
  await page.context().close();
});
