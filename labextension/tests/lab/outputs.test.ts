import { expect, test } from 'vitest';
import { cut, errorOf, outputTexts, plain } from '../../src/lab/outputs';

const escape = '\u001b';

test('terminal escapes are removed, the text stays', () => {
  expect(plain(`${escape}[0;31mKeyError${escape}[0m: ${escape}]8;;http://x\u0007'bill'${escape}]8;;\u0007`)).toBe(
    "KeyError: 'bill'",
  );
});

test('a long text keeps its beginning and its end, and says how much is missing', () => {
  const { text, truncated } = cut(`${'a'.repeat(500)}${'z'.repeat(500)}`, 100);
  expect(truncated).toBe(true);
  expect(text.length).toBeLessThanOrEqual(100);
  expect(text).toMatch(/^a+\n\[… 900 characters left out …\]\nz+$/);
  expect(cut('short', 100)).toEqual({ text: 'short', truncated: false });
});

test('each kind of output is told as text with the forms that it has', () => {
  const outputs = [
    { output_type: 'stream', name: 'stdout', text: ['one\n', 'two\n'] },
    { output_type: 'execute_result', execution_count: 1, metadata: {}, data: { 'text/plain': '42', 'text/html': '<b>' } },
    { output_type: 'display_data', metadata: {}, data: { 'image/png': 'AAAA' } },
    { output_type: 'error', ename: 'KeyError', evalue: "'x'", traceback: [`${escape}[31mKeyError${escape}[0m`, "'x'"] },
  ];
  expect(outputTexts(outputs, 1_000)).toEqual([
    { kind: 'stream', text: 'one\ntwo\n', truncated: false, mimeTypes: [] },
    { kind: 'result', text: '42', truncated: false, mimeTypes: ['text/plain', 'text/html'] },
    { kind: 'display', text: '', truncated: false, mimeTypes: ['image/png'] },
    { kind: 'error', text: "KeyError\n'x'", truncated: false, mimeTypes: [], ename: 'KeyError', evalue: "'x'" },
  ]);
  expect(errorOf(outputs, 1_000)).toEqual({ ename: 'KeyError', evalue: "'x'", traceback: "KeyError\n'x'" });
  expect(errorOf(outputs.slice(0, 3), 1_000)).toBeNull();
});

test('all outputs of a cell share one budget', () => {
  const stream = { output_type: 'stream', name: 'stdout', text: 'x'.repeat(400) };
  const texts = outputTexts([stream, stream, stream], 500);
  expect(texts.map((one) => one.truncated)).toEqual([false, true, true]);
  expect(texts.reduce((sum, one) => sum + one.text.length, 0)).toBeLessThanOrEqual(600);
});
