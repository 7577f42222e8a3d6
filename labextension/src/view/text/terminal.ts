/** Output of programs as plain text: escape sequences gone, progress bars at their last state. */

// An escape sequence is CSI (colours, cursor), OSC and its string relatives (titles, links, clipboard), or two characters.
const ESCAPES = new RegExp(
  [
    '(?:\\u001b\\[|\\u009b)[0-?]*[ -/]*[@-~]?',
    '(?:\\u001b[\\]PX^_]|[\\u009d\\u0090\\u0098\\u009e\\u009f])[\\s\\S]*?(?:\\u0007|\\u001b\\\\|\\u009c|$)',
    '\\u001b[ -/]*[0-~]?',
  ].join('|'),
  'g',
);

/** `text` without terminal escape sequences; of a line that was overwritten by carriage returns only the last state stays. */
export function plainOutput(text: string): string {
  const clean = text.includes('\u001b') || /[\u0080-\u009f]/.test(text) ? text.replace(ESCAPES, '') : text;
  if (!/[\r\b]/.test(clean)) return clean;
  return clean
    .replace(/\r+\n/g, '\n')
    .split('\n')
    .map((line) => {
      const kept = line.replace(/\r+$/, '');
      return kept.slice(kept.lastIndexOf('\r') + 1).replaceAll('\b', '');
    })
    .join('\n');
}
