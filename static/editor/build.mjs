// Bundles the editor into target/web/editor.js, which the page loads when the first file is shown.
import { build } from 'esbuild';
await build({
  entryPoints: ['static/editor/editor.js'], outfile: 'target/web/editor.js', bundle: true, minify: true,
  format: 'esm', target: 'es2022', legalComments: 'none', logLevel: 'warning',
});
