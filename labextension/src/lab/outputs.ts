/** A cell's outputs as text within a budget, for a reader that cannot see pictures and must not be flooded. */
import type * as nbformat from '@jupyterlab/nbformat';
import { asList, asObject, asText } from '../core/json';

/** One output, as the server reads it. */
export interface OutputText {
  readonly kind: 'stream' | 'result' | 'display' | 'error';
  readonly text: string;
  readonly truncated: boolean;
  readonly mimeTypes: readonly string[];
  readonly ename?: string;
  readonly evalue?: string;
}

/** Terminal colours and the like: `ESC [ ... letter` and `ESC ] ... BEL`. */
const ESCAPES = /\u001b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\^_])/g;

/** `text` without terminal escapes. */
export const plain = (text: string): string => text.replace(ESCAPES, '');

/** `text` in at most `limit` characters: its beginning and its end, because an error says why in its last line. */
export function cut(text: string, limit: number): { readonly text: string; readonly truncated: boolean } {
  if (text.length <= limit) {
    return { text, truncated: false };
  }
  const note = `\n[… ${text.length - limit} characters left out …]\n`;
  const room = Math.max(0, limit - note.length);
  const head = Math.ceil((room * 2) / 3);
  return { text: text.slice(0, head) + note + text.slice(text.length - (room - head)), truncated: true };
}

/** All outputs of one cell, with at most about `limit` characters of text together. */
export function outputTexts(outputs: readonly nbformat.IOutput[], limit: number): OutputText[] {
  let left = limit;
  return outputs.map((output) => {
    const whole = read(output);
    const short = cut(whole.text, Math.max(0, left));
    left -= short.text.length;
    return { ...whole, ...short };
  });
}

/** An error among the outputs, if there is one. */
export function errorOf(
  outputs: readonly nbformat.IOutput[],
  limit: number,
): { readonly ename: string; readonly evalue: string; readonly traceback: string } | null {
  const error = outputs.findLast((output) => output.output_type === 'error');
  if (error === undefined) {
    return null;
  }
  return {
    ename: asText(error.ename) ?? 'Error',
    evalue: plain(asText(error.evalue) ?? ''),
    traceback: cut(tracebackOf(error), limit).text,
  };
}

function read(output: nbformat.IOutput): OutputText {
  const whole = { truncated: false, mimeTypes: [] as string[] };
  switch (output.output_type) {
    case 'stream':
      return { ...whole, kind: 'stream', text: plain(joined(output.text)) };
    case 'error':
      return {
        ...whole,
        kind: 'error',
        text: tracebackOf(output),
        ename: asText(output.ename) ?? 'Error',
        evalue: plain(asText(output.evalue) ?? ''),
      };
    default: {
      const data = asObject(output.data);
      const kind = output.output_type === 'execute_result' ? 'result' : 'display';
      return { kind, text: plain(textOf(data)), truncated: false, mimeTypes: Object.keys(data) };
    }
  }
}

/** The form of a rich output that a reader of text gets most from. */
function textOf(data: Readonly<Record<string, unknown>>): string {
  for (const type of ['text/plain', 'text/markdown', 'text/latex']) {
    if (data[type] !== undefined) {
      return joined(data[type]);
    }
  }
  return data['application/json'] === undefined ? '' : JSON.stringify(data['application/json']);
}

function tracebackOf(output: nbformat.IOutput): string {
  const lines = asList(output.traceback).map((line) => asText(line) ?? '');
  return plain(lines.length > 0 ? lines.join('\n') : `${asText(output.ename) ?? 'Error'}: ${asText(output.evalue) ?? ''}`);
}

/** nbformat's multi-line text: one string, or a list of lines. */
const joined = (text: unknown): string => asText(text) ?? asList(text).map((line) => asText(line) ?? '').join('');
