// Pictures of every state of the page, and small references to compare them with: what moved shows, how letters are
// smoothed does not. A reference is the picture scaled down, as WebP; Chromium itself scales, writes and reads it.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './harness.mjs';
import { SIZES, WALKS } from './states.mjs';
import { still } from './still.mjs';

/** Where pictures go, and where the references are. */
export const OUT = join(root, 'target/gallery');
const KEPT = join(root, 'tests/browser/gallery');
export const LOOKS = [['en', 'light'], ['ko', 'dark'], ['ko', 'light'], ['en', 'dark']];
/** Side of the squares that are compared, in the references' pixels. */
const SQUARE = 6;
/** A square is another if its mean colour is so far away (of 255), or its contrast. */
const FAR = 12;
/** So many squares may be others: a blinking edge, a line of text that is smoothed otherwise. */
const MAY = 2;

/** All walks at all sizes: `{ walk, width, height, look }`, where `look` is the one that has references. */
export const walks = () => WALKS.flatMap((walk, w) => (walk.sizes ?? SIZES)
  .map(([width, height], s) => ({ walk, width, height, look: LOOKS[(w + s) % LOOKS.length] })));
/** By how much a picture so wide is scaled down. */
const scale = (width) => (width > 1_200 ? 3 : width > 700 ? 2.5 : 1.5);

/** Walks through all states in a look; `took(name, picture, width)` gets each picture. */
export async function walkThrough(b, site, { walk, width, height }, [lang, theme], took) {
  const url = `${site.url}?lang=${lang}&theme=${theme}${walk.query ?? ''}`;
  const page = await still(b, url, { viewport: { width, height }, ...walk.options });
  for (const [name, reach] of walk.states) {
    await reach(page);
    await took(`${name}-${width}-${theme}-${lang}`, await page.screenshot(), width);
  }
  if (page.complaints.length) throw new Error(page.complaints.join('\n'));
  await page.context().close();
}

/** A page of its own in which pictures are scaled and compared. */
export async function bench(b) {
  const page = await b.newPage();
  await page.evaluate(() => {
    const load = async (url) => { const i = new Image(); i.src = url; await i.decode(); return i; };
    const canvas = (w, h) => Object.assign(document.createElement('canvas'), { width: w, height: h });
    globalThis.small = async (png, by) => {
      const image = await load(png);
      const c = canvas(Math.round(image.width / by), Math.round(image.height / by));
      const to = c.getContext('2d');
      to.imageSmoothingQuality = 'high';
      to.drawImage(image, 0, 0, c.width, c.height);
      return c.toDataURL('image/webp', 0.5);
    };
    /** Mean and mean deviation of each channel of a square. */
    const square = ({ data, width, height }, x0, y0, side) => {
      const mean = [0, 0, 0], off = [0, 0, 0];
      let n = 0;
      for (const sum of [mean, off]) {
        n = 0;
        for (let y = y0; y < Math.min(y0 + side, height); y++) for (let x = x0; x < Math.min(x0 + side, width); x++, n++)
          for (let k = 0; k < 3; k++) { const v = data[4 * (y * width + x) + k]; sum[k] += sum === mean ? v : Math.abs(v - mean[k]); }
        for (let k = 0; k < 3; k++) sum[k] /= n;
      }
      return [...mean, ...off];
    };
    globalThis.compare = async (was, is, side, far) => {
      const [a, z] = [await load(was), await load(is)];
      if (a.width !== z.width || a.height !== z.height) return { others: 1e6, picture: is };
      const [one, two] = [a, z].map((i) => { const c = canvas(i.width, i.height); c.getContext('2d').drawImage(i, 0, 0); return c; });
      const [p, q] = [one, two].map((c) => c.getContext('2d').getImageData(0, 0, c.width, c.height));
      const three = canvas(3 * a.width + 20, a.height), to = three.getContext('2d');
      [one, two, two].forEach((c, i) => to.drawImage(c, i * (a.width + 10), 0));
      to.fillStyle = 'rgb(255 0 0 / .45)';
      let others = 0;
      for (let y = 0; y < a.height; y += side) for (let x = 0; x < a.width; x += side) {
        const [s, t] = [square(p, x, y, side), square(q, x, y, side)];
        if (s.every((v, k) => Math.abs(v - t[k]) < far)) continue;
        others++;
        to.fillRect(2 * (a.width + 10) + x, y, side, side);
      }
      return { others, picture: three.toDataURL('image/png') };
    };
  });
  const bytes = (url) => Buffer.from(url.split(',')[1], 'base64');
  const url = (buffer, type) => `data:image/${type};base64,${buffer.toString('base64')}`;
  const small = (picture, width) => page.evaluate(([png, by]) => globalThis.small(png, by), [url(picture, 'png'), scale(width)]);
  const kept = (name) => join(KEPT, `${name}.webp`);
  return {
    /** Makes the picture the reference of its name. */
    async keep(name, picture, width) {
      await mkdir(KEPT, { recursive: true });
      await writeFile(kept(name), bytes(await small(picture, width)));
    },
    /** What is other than in the reference, in words; nothing if it is the same. Writes the difference as a picture. */
    async differs(name, picture, width) {
      const was = await readFile(kept(name)).catch(() => null);
      if (!was) return `${name}: no reference`;
      const given = [url(was, 'webp'), await small(picture, width), SQUARE, FAR];
      const { others, picture: diff } = await page.evaluate((g) => globalThis.compare(...g), given);
      if (others <= MAY) return '';
      await mkdir(join(OUT, 'diff'), { recursive: true });
      await writeFile(join(OUT, 'diff', `${name}.png`), bytes(diff));
      return `${name}: ${others} squares differ, see target/gallery/diff/${name}.png`;
    },
    close: () => page.close(),
  };
}
