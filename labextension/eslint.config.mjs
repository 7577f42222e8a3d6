/** The TypeScript rules: strict and type-aware, plus the layers core <- view <- lab | widget. */
import reactHooks from 'eslint-plugin-react-hooks';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Forbids importing any of the given gitignore-style patterns, and says why. */
const forbidImports = (message, ...group) => ({
  'no-restricted-imports': ['error', { patterns: [{ group, message }] }],
});

export default defineConfig(
  globalIgnores(['lib', 'node_modules', 'vitest.config.mts']),
  {
    files: ['src/**/*.{ts,tsx}', 'tests/**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'react-hooks': reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      eqeqeq: 'error',
      'no-console': ['error', { allow: ['warn', 'error'] }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Numbers in a template are always meant and always readable; only objects are a mistake there.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => doSomething()` as an event handler is the ordinary React idiom.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['src/core/**'],
    rules: forbidImports(
      'core knows nothing of Jupyter, React or the view: it runs in any page, and in Node.',
      '@jupyterlab/*', '@jupyter/*', '@lumino/*', 'react', 'react-dom', 'marked', 'preact*',
      '**/view', '**/view/**', '**/lab', '**/lab/**', '**/widget', '**/widget/**',
    ),
  },
  {
    files: ['src/view/**'],
    rules: forbidImports(
      'view knows core, React and marked only: the widget in a cell shows the same view without JupyterLab.',
      '@jupyterlab/*', '@jupyter/*', '@lumino/*', 'react-dom', 'react-dom/*', 'react/jsx-runtime', 'preact*',
      '**/lab', '**/lab/**', '**/widget', '**/widget/**',
    ),
  },
  {
    files: ['src/lab/**'],
    rules: forbidImports(
      'lab and widget are two edges that do not know each other; JupyterLab shares React only under its bare name.',
      'react/jsx-runtime', 'preact*', '**/widget', '**/widget/**',
    ),
  },
  {
    files: ['src/widget/**'],
    rules: forbidImports(
      'the widget runs in any notebook front end, so nothing of JupyterLab is there for it.',
      '@jupyterlab/*', '@lumino/*', '**/lab', '**/lab/**',
    ),
  },
  {
    files: ['**/*.test.{ts,tsx}', 'tests/**'],
    rules: {
      // A test reaches for what it has just put there; a wrong `!` fails the test, which is its purpose.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Doubles implement asynchronous ports with plain functions, and empty methods.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-empty-function': 'off',
    },
  },
);
