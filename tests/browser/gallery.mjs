// Pictures of the running app in target/gallery/: every state in both themes and languages at four sizes, with an
// overview; compared with the references where there are some. The README's picture is one of them.
// `cargo xtask gallery`, and `cargo xtask gallery --update` to make what is seen the references.
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { browser, root, serve } from './harness.mjs';
import { LOOKS, OUT, bench, walkThrough, walks } from './pictures.mjs';

const update = process.argv.includes('--update');
await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });
const site = await serve();
const b = await browser();
const table = await bench(b);
const [all, other] = [[], []];

async function one({ walk, width, height, look }, [lang, theme]) {
  await walkThrough(b, site, { walk, width, height }, [lang, theme], async (name, picture) => {
    await writeFile(join(OUT, `${name}.png`), picture);
    all.push(name);
    if (look[0] !== lang || look[1] !== theme) return;
    if (update) await table.keep(name, picture, width);
    const differs = await table.differs(name, picture, width);
    if (differs) other.push(differs);
  });
}

// The references are of one look each.
const jobs = walks().flatMap((w) => (update ? [w.look] : LOOKS).map((look) => [w, look]));
const worker = async () => { for (let job = jobs.shift(); job; job = jobs.shift()) await one(...job); };
await Promise.all([worker(), worker()]);

// The overview: a row a state and size, its looks beside one another.
const row = (name) => `<figure><img loading="lazy" src="${name}.png"><figcaption>${name}</figcaption></figure>`;
await writeFile(join(OUT, 'index.html'), `<!doctype html><meta charset="utf-8"><title>kubeglass: gallery</title>
<style>body { font: 13px sans-serif; display: flex; flex-wrap: wrap; gap: 10px } figure { margin: 0; width: 340px } img { width: 100%; border: 1px solid #888 }</style>
${all.sort().map(row).join('\n')}`);
await mkdir(join(root, 'static/readme'), { recursive: true });
await copyFile(join(OUT, 'routed-1440-light-en.png'), join(root, 'static/readme/workbench.png'));
await b.close();
await site.close();
console.log(`${all.length} pictures: target/gallery/index.html`);
if (other.length) {
  console.error(`Other than the references:\n${other.join('\n')}\nIf that is meant: cargo xtask gallery --update`);
  process.exitCode = 1;
}
