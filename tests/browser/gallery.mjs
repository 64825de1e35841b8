// Pictures of the running app: every state in both themes and languages at four sizes, in target/gallery/; the README's
// picture among them. Run by `cargo xtask gallery`.
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { browser, line, open, root, serve } from './harness.mjs';

const out = join(root, 'target/gallery');
await mkdir(out, { recursive: true });
const site = await serve();
const b = await browser();
const SIZES = [[1440, 900], [1024, 768], [390, 844], [360, 480]];

const wait = (page, ms) => page.waitForTimeout(ms);
const go = async (page, pane) => { const tab = page.locator(`#pane-${pane}`); if (await tab.isVisible()) await tab.click(); };
const type = async (page, text) => { await go(page, 'terminal'); await line(page, text); await go(page, 'stage'); };

/** States, each built on the one before. */
const STATES = {
  start: async () => {},
  'no-endpoints': async (page) => { await type(page, 'kubectl apply -f http-go-svc.yaml -f http-go-rs.yaml'); await wait(page, 2_500); },
  routed: async (page) => {
    await type(page, 'kubectl set selector service http-go-svc tier=http-go');
    await type(page, 'kubectl apply -f http-go-np.yaml');
    await wait(page, 1_500);
    await type(page, 'for i in $(seq 12); do curl -s 192.168.49.3:30001; done');
    await wait(page, 700);
  },
  pinned: async (page) => {
    await type(page, `kubectl patch svc http-go-svc -p '{"spec":{"sessionAffinity":"ClientIP"}}'`);
    await wait(page, 1_500);
    await type(page, 'for i in $(seq 4); do curl -s 192.168.49.3:30001; done');
    await wait(page, 900);
  },
  logical: async (page) => { await page.locator('#lens-logical').click(); await type(page, 'curl -s 192.168.49.4:30001'); await wait(page, 350); },
};

for (const [width, height] of SIZES) {
  for (const [lang, theme] of [['ko', 'light'], ['en', 'dark'], ['en', 'light'], ['ko', 'dark']]) {
    const embed = width === 360 ? '&embed' : '';
    const page = await open(b, `${site.url}?lang=${lang}&theme=${theme}${embed}`, { viewport: { width, height }, serviceWorkers: 'block' });
    for (const [name, reach] of Object.entries(STATES)) {
      await reach(page);
      await page.screenshot({ path: join(out, `${name}-${width}-${theme}-${lang}.png`) });
    }
    if (width < 760) {
      for (const pane of ['files', 'terminal', 'side']) {
        await go(page, pane);
        await wait(page, 200);
        await page.screenshot({ path: join(out, `${pane}-${width}-${theme}-${lang}.png`) });
      }
    }
    if (page.complaints.length) throw new Error(page.complaints.join('\n'));
    await page.context().close();
  }
}
await mkdir(join(root, 'static/readme'), { recursive: true });
await copyFile(join(out, 'routed-1440-light-en.png'), join(root, 'static/readme/workbench.png'));
await b.close();
await site.close();
