// Bundles the editor into target/web/editor.js, which the page loads when the first file is shown, and the examples into
// target/web/editor-examples.json, which it loads when the gallery is opened.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
await build({
  entryPoints: ['static/editor/editor.js'], outfile: 'target/web/editor.js', bundle: true, minify: true,
  format: 'esm', target: 'es2022', legalComments: 'none', logLevel: 'warning',
});

// An example begins with `# ko: title | text`, `# en: title | text` and `# try: command`; its file's name is what is left
// without the number that orders it.
const examples = readdirSync('examples').filter((name) => name.endsWith('.yaml')).sort().map((name) => {
  const [ko, en, line, ...yaml] = readFileSync(`examples/${name}`, 'utf8').split('\n');
  const after = (text, mark) => text.slice(text.indexOf(mark) + mark.length);
  return [name.replace(/^\d+-/, ''), after(ko, 'ko: '), after(en, 'en: '), after(line, 'try: '), yaml.join('\n')];
});
writeFileSync('target/web/editor-examples.json', JSON.stringify(examples));
