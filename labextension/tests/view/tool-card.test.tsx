/** The card of one call of a tool. */
import { act } from 'react';
import { describe, expect, it } from 'vitest';
import { answer, request, tool } from '../../demo/scripted';
import type { ToolPart } from '../../src/core/state';
import { readableArguments, readableResult } from '../../src/view/turn/ToolDetails';
import { titleOf } from '../../src/view/turn/toolTitle';
import { statusWord } from '../../src/view/turn/toolWords';
import { drawn } from './drawn';
import { button, click, hasButton } from './render';

describe('a call of a tool', () => {
  it('opens to show what it was given and what came back, without colours', () => {
    const part = tool({ name: 'run_cell', arguments: '{"source": "a\\nb", "n": 2}', result: '\u001b[31mred\u001b[0m' });
    const { host } = drawn({ turns: [answer([part])] });
    const details = host.querySelector('details')!;
    act(() => {
      details.open = true;
      details.dispatchEvent(new Event('toggle'));
    });
    expect([...details.querySelectorAll('pre')].map((pre) => pre.textContent)).toEqual(['source:\n  a\n  b\nn: 2', 'red']);
  });

  it('shows its latest progress while it runs', () => {
    const { host } = drawn({ turns: [answer([tool({ status: 'running', progress: ['1', '2'] })], { status: 'running' })] });
    expect(host.querySelector('.ja-Tool-progress')!.textContent).toBe('2');
  });

  it('clips a long result', async () => {
    const long = Array.from({ length: 200 }, (_, index) => `line ${index}`).join('\n');
    const { host } = drawn({ turns: [answer([tool({ result: long })])] });
    const details = host.querySelector('details')!;
    act(() => {
      details.open = true;
      details.dispatchEvent(new Event('toggle'));
    });
    await click(button(details, 'Show all (200 lines)'));
    expect(details.textContent).toContain('line 199');
    expect(hasButton(details, 'Show less')).toBe(true);
  });

  it('has plain words for every status and for foreign names', () => {
    expect(titleOf(tool({ name: 'run_cell', status: 'running' }))).toBe('Running a cell');
    expect(titleOf(tool({ name: 'run_cell', status: 'failed' }))).toBe('Run a cell');
    expect(titleOf(tool({ name: 'describe_variable', arguments: '{"name":"penguins"}' }))).toBe('Looked at penguins');
    expect(titleOf(tool({ name: 'describe_variable', arguments: '{"name":"you. Allow it"}' }))).toBe('Looked at a variable');
    expect(titleOf(tool({ name: 'read_cells', arguments: '{"cell_ids":["a","b"]}' }))).toBe('Read 2 cells');
    expect(titleOf(tool({ name: 'mcp__weather__get_forecast' }))).toBe('Weather: get forecast');
    expect(titleOf(tool({ name: '\u202e' }))).toBe('A tool');
    expect(titleOf(tool({ name: '<img src=x onerror=1>'.repeat(9) })).length).toBeLessThan(61);
    expect(statusWord(tool({ status: 'denied' }))).toBe('Not allowed');
  });

  it.each([
    ['done', '{"run":true}', 'Inserted a cell and ran it'],
    ['done', '{"cell_type":"markdown"}', 'Inserted a text cell'],
    ['denied', '{"run":true}', 'Insert a cell and run it'],
    ['failed', '{"run":true}', 'Insert a cell and run it'],
    ['waiting', '{"run":true}', 'Insert a code cell after cell 5 and run it'],
  ] as const)('%s with %s has one title, before a reload and after', (status, given, title) => {
    const asked = request({ title: 'Insert a code cell after cell 5 and run it' });
    const call = { name: 'insert_cell', arguments: given, status };
    expect(titleOf(tool({ ...call, request: asked }))).toBe(title);
    // Only a request that is still open outlives a reload.
    if (status !== 'waiting') expect(titleOf(tool(call))).toBe(title);
  });

  it('says in a sentence how it ended, and never what the model was told', () => {
    const words = (change: Partial<ToolPart>): string | undefined =>
      drawn({ turns: [answer([tool({ name: 'run_cell', ...change })])] }).host.querySelector('.ja-Tool-summary')?.textContent;
    const json = '{"run":{"status":"refused","reason":"no-kernel"}}';
    expect(words({ result: json })).toBeUndefined();
    expect(words({ result: json, summary: 'Cell 6 ran in 0.2 s.' })).toBe('Cell 6 ran in 0.2 s.');
    expect(words({ result: json, summary: 'Ran a cell.' })).toBeUndefined();
    expect(words({ status: 'failed', result: json })).toBe('It did not work. Details inside.');
    expect(words({ status: 'failed', result: json, summary: 'There is no\n\u202ekernel.' })).toBe('There is no kernel.');
    expect(words({ status: 'running', result: null, summary: null })).toBeUndefined();
  });

  it('that failed is marked by a sign and a word too', () => {
    const { host } = drawn({ turns: [answer([tool({ status: 'failed' })])] });
    expect(host.querySelector('.ja-Tool.ja-is-failed .ja-Tool-icon path')!.getAttribute('d')).toBe('M8 2.5 14 13H2zM8 6.5v3M8 11.2v.2');
    expect(host.querySelector('.ja-Tool-status')!.textContent).toBe('Failed');
  });

  it('shows arguments that are not complete yet as they are', () => {
    expect(readableArguments('{"source": "imp')).toBe('{"source": "imp');
    expect(readableArguments('{}')).toBeNull();
    expect(readableResult('{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(readableResult('[not json')).toBe('[not json');
  });
});
