/** The TypeScript tests: core in plain Node, what draws in jsdom. A test may lie beside its source or under tests/. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const testsOf = (...rooms: string[]): string[] =>
  rooms.flatMap((room) => [`src/${room}/**/*.test.{ts,tsx}`, `tests/${room}/**/*.test.{ts,tsx}`]);

const preact = fileURLToPath(new URL('tests/widget/react.ts', import.meta.url));

/** JupyterLab's packages are not made for Node's own loader (CSS, SVG, bare directories), so vite transforms them. */
const jupyterlab = [/@jupyterlab\//, /@jupyter\//, /@lumino\//, /@microsoft\//, /@codemirror\//];

export default defineConfig({
  // JupyterLab shares React 18 without 'react/jsx-runtime': classic JSX, as in the build.
  oxc: { jsx: { runtime: 'classic', development: false } },
  plugins: [
    {
      name: 'svg-as-text',
      enforce: 'pre',
      load: (id) => (id.endsWith('.svg') ? 'export default "<svg></svg>";' : null),
    },
  ],
  test: {
    projects: [
      { extends: true, test: { name: 'core', environment: 'node', include: testsOf('core') } },
      { extends: true, test: { name: 'view', environment: 'jsdom', include: testsOf('view') } },
      {
        // The widget's bundle has Preact for React: whatever the view promises is tried with it too.
        extends: true,
        resolve: { alias: [{ find: /^react$/, replacement: preact }, { find: /^react-dom(?=\/|$)/, replacement: 'preact/compat' }] },
        test: { name: 'widget', environment: 'jsdom', include: testsOf('widget', 'view') },
      },
      {
        extends: true,
        test: {
          name: 'lab',
          environment: 'jsdom',
          include: testsOf('lab'),
          server: { deps: { inline: jupyterlab } },
        },
      },
    ],
  },
});
