// After trunk's build. The editor's schema is added; a release build's wasm is parted in two and made small. The inline
// loader's hash goes into the page's policy, the list of files into the service worker, and a release build prints what
// each file weighs under brotli (quality 11).
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { part, restLies } from './part.mjs';

const dist = process.env.TRUNK_STAGING_DIR ?? 'dist';
const release = process.env.TRUNK_PROFILE === 'release';
const page = join(dist, 'index.html');
let html = readFileSync(page, 'utf8');

const hashes = [...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)]
  .map(([, body]) => `'sha256-${createHash('sha256').update(body).digest('base64')}'`);
if (!html.includes('INLINE-HASHES')) throw new Error('index.html has no place for the hashes of inline scripts');
html = html.replace('INLINE-HASHES', hashes.join(' '));
writeFileSync(page, html);
if (release) {
  const rest = await part(dist);
  if (rest) writeFileSync(page, restLies(html, rest));
}

// What Kubernetes says about its fields, as the build script has just read it, goes beside the editor.
const target = join(process.env.CARGO_TARGET_DIR ?? 'target', 'wasm32-unknown-unknown');
const builds = readdirSync(target).map((profile) => join(target, profile, 'build')).filter(existsSync);
const schemas = builds.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name, 'out', 'editor-schema.json'))).filter(existsSync);
const newest = schemas.sort((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs).at(-1);
if (!newest) throw new Error('the build script left no editor-schema.json');
copyFileSync(newest, join(dist, 'editor-schema.json'));

const walk = (folder) => readdirSync(folder).flatMap((name) => {
  const path = join(folder, name);
  return statSync(path).isDirectory() ? walk(path) : [path];
});
const files = walk(dist).filter((f) => !f.endsWith('sw.js')).sort();
const version = createHash('sha256');
for (const f of files) version.update(f.slice(dist.length)).update(readFileSync(f));
const worker = join(dist, 'sw.js');
writeFileSync(worker, readFileSync(worker, 'utf8')
  .replace('BUILD-VERSION', version.digest('hex').slice(0, 16))
  .replace("'BUILD-FILES'", files.map((f) => JSON.stringify(`.${f.slice(dist.length)}`)).join(', ')));

if (release) {
  const weigh = (f) => brotliCompressSync(readFileSync(f), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
  let first = 0, later = 0, editor = 0;
  for (const f of walk(dist).sort()) {
    const bytes = weigh(f);
    const name = f.slice(dist.length + 1);
    if (name.includes('editor')) editor += bytes;
    else if (name.endsWith('_rest.wasm')) later += bytes;
    else if (/\.(html|js|css|wasm|json|webmanifest)$/.test(name)) first += bytes;
    console.log(`${(bytes / 1024).toFixed(1).padStart(8)} KB brotli  ${name}`);
  }
  console.log(`${(first / 1024).toFixed(1).padStart(8)} KB brotli  first load (budget 300)`);
  console.log(`${(later / 1024).toFixed(1).padStart(8)} KB brotli  when somebody acts`);
  console.log(`${(editor / 1024).toFixed(1).padStart(8)} KB brotli  editor (budget 125)`);
}
