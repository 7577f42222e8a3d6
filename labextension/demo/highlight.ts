/** A few colours for Python, enough for a demo; JupyterLab brings its own highlighter. */
const TOKENS =
  /(#.*)|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|\b(import|from|as|for|in|if|else|def|return|with|not|and|or|None|True|False|print)\b|\b(\d[\d._]*)\b/g;
const CLASSES = ['comment', 'string', 'keyword', 'number'];

export async function highlight(code: string, _language: string, element: HTMLElement): Promise<void> {
  let end = 0;
  for (const match of code.matchAll(TOKENS)) {
    element.append(code.slice(end, match.index));
    const span = document.createElement('span');
    span.className = `tok-${CLASSES[match.slice(1).findIndex((group) => group !== undefined)] ?? ''}`;
    span.textContent = match[0];
    element.append(span);
    end = match.index + match[0].length;
  }
  element.append(code.slice(end));
  await Promise.resolve();
}
