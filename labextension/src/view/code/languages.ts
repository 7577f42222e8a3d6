/** What the info string of a fence tells us about a block of code. */

const LABELS = new Map([
  ['py', 'Python'], ['python', 'Python'], ['python3', 'Python'], ['ipython', 'Python'], ['ipython3', 'Python'],
  ['r', 'R'], ['julia', 'Julia'], ['jl', 'Julia'], ['sql', 'SQL'], ['js', 'JavaScript'], ['javascript', 'JavaScript'],
  ['ts', 'TypeScript'], ['typescript', 'TypeScript'], ['sh', 'Shell'], ['bash', 'Shell'], ['shell', 'Shell'],
  ['console', 'Console'], ['json', 'JSON'], ['yaml', 'YAML'], ['yml', 'YAML'], ['toml', 'TOML'], ['html', 'HTML'],
  ['xml', 'XML'], ['css', 'CSS'], ['md', 'Markdown'], ['markdown', 'Markdown'], ['diff', 'Diff'], ['text', 'Output'],
  ['txt', 'Output'], ['plain', 'Output'], ['plaintext', 'Output'], ['output', 'Output'], ['stdout', 'Output'], ['cpp', 'C++'], ['c', 'C'], ['rust', 'Rust'],
  ['scala', 'Scala'], ['latex', 'LaTeX'], ['tex', 'LaTeX'],
]);

/** Languages of text that no kernel runs: a Run button there would only fail. */
const NOT_RUN = new Set([
  'text', 'txt', 'plain', 'plaintext', 'output', 'stdout', 'json', 'yaml', 'yml', 'toml', 'html', 'xml', 'css', 'md', 'markdown', 'diff',
  'sh', 'bash', 'shell', 'console', 'latex', 'tex', 'csv', 'ini', 'log', 'traceback', 'pytb',
]);

/** The language in words; an unknown name as it is; "Code" when there is none. */
export const languageLabel = (language: string): string =>
  LABELS.get(language.toLowerCase()) ?? (language === '' ? 'Code' : language);

/** Whether a cell of a notebook could run it, as far as the name tells. */
export const mayRun = (language: string): boolean => !NOT_RUN.has(language.toLowerCase());
