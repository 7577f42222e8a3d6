/** Builds the demo page: `node demo/build.mjs`, then open demo/index.html in a browser. */
import { build } from 'esbuild';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

await build({
  stdin: {
    contents: `import '../style/index.css';\nimport './main';`,
    resolveDir: here,
    loader: 'ts',
  },
  bundle: true,
  outfile: join(here, 'dist', 'main.js'),
  format: 'iife',
  target: 'es2022',
  jsx: 'transform',
  define: { 'process.env.NODE_ENV': '"production"' },
});
