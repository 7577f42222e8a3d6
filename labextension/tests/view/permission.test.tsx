/** What a person allows is what they see. */
import * as React from 'react';
import { act } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { answer, emptyState, question, request, ScriptedChat, scriptedEnvironment, text, tool } from '../../demo/scripted';
import type { InputRequest } from '../../src/core/state';
import { ChatView } from '../../src/view';
import { openApprovals, riskWords, timeLeft } from '../../src/view/permission/requests';
import { button, click, hasButton, press, render, type, type Rendered } from './render';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] }));
afterEach(() => void vi.useRealTimers());

const asking = (...requests: readonly InputRequest[]): ScriptedChat =>
  new ScriptedChat({
    ...emptyState,
    activeRun: 'run-1',
    turns: [
      question('Go'),
      answer(
        [
          text('Allow once'),
          ...requests.map((open) => tool({ id: open.toolCallId, status: 'waiting', name: open.exact.tool, request: open })),
        ],
        { status: 'running' },
      ),
    ],
  });

/** The view of a chat, after the moment in which a new request can not be allowed yet. */
function drawn(chat: ScriptedChat): Rendered {
  const rendered = render(<ChatView chat={chat} environment={scriptedEnvironment()} />);
  act(() => void vi.advanceTimersByTime(500));
  return rendered;
}

const dock = (host: HTMLElement): HTMLElement => host.querySelector<HTMLElement>('.ja-Dock')!;
const shownLines = (host: HTMLElement): string[] =>
  [...host.querySelectorAll('.ja-Line-text')].map((line) => line.textContent);

describe('an approval', () => {
  it('lies outside of the conversation, where no text of a model is drawn', () => {
    const { host } = drawn(asking(request()));
    expect(host.querySelector('.ja-Log')!.contains(dock(host))).toBe(false);
    expect(dock(host).querySelector('.ja-Markdown')).toBeNull();
    expect(hasButton(host.querySelector('.ja-Log')!, 'Allow once')).toBe(false);
  });

  it('shows title, risk and notebook, and no ids before all details are opened', () => {
    const { host } = drawn(asking(request()));
    const words = dock(host).textContent;
    expect(words).toContain('Insert a cell after cell 3 and run it');
    expect(words).toContain('Runs code in your kernel');
    expect(words).toContain('work/penguins.ipynb');
    expect(words).not.toContain('f3a91c07');
  });

  it('shows every line of the code, exactly', () => {
    const code = 'def f():\n    """<b>not bold</b> & `x`"""\n\n\treturn "  spaces  "\n' + 'x = 1\n'.repeat(300) + '# **end**';
    expect(shownLines(drawn(asking(request({ code }))).host).join('\n')).toBe(code);
  });

  it('shows hidden characters as their code points, in code, title and path', () => {
    const { host } = drawn(
      asking(
        request({
          title: 'Run cell 7\u202e',
          code: 'a\u200b = "\u202etxt"',
          target: { documentId: 'd', path: 'pen\u2066guins.ipynb', cellId: null },
        }),
      ),
    );
    expect(shownLines(host)).toEqual(['aU+200B = "U+202Etxt"']);
    expect(host.querySelector('h3')!.textContent).toBe('Run cell 7U+202E');
    expect(host.querySelector('.ja-Exact-path')!.textContent).toBe('penU+2066guins.ipynb');
    expect(dock(host).textContent).toContain('holds 2 hidden characters');
    expect(/[\u200b\u202e\u2066]/.test(dock(host).textContent)).toBe(false);
  });

  it('of a replacement shows what goes and what comes', () => {
    const { host } = drawn(asking(request({ before: 'a\nb\nc', code: 'a\nB  \nc' })));
    const lines = [...host.querySelectorAll('.ja-Line')].map((line) => line.textContent);
    expect(lines).toEqual(['1 a', '−removed: b', '2+added: B  ', '3 c']);
    expect(host.querySelector('.ja-Line-blank')!.textContent).toBe('  ');
    expect(dock(host).textContent).toContain('1 line added, 1 removed');
  });

  it('without code shows the exact arguments', () => {
    const { host } = drawn(asking(request({ tool: 'delete_cell', title: 'Delete cell 4', code: null, arguments: { cellId: 'abc' } })));
    expect(dock(host).querySelector('pre')!.textContent).toContain('"cellId": "abc"');
  });

  it('can not be allowed in the moment it appears, only refused', () => {
    const { host } = render(<ChatView chat={asking(request())} environment={scriptedEnvironment()} />);
    expect(button(host, 'Allow once').disabled).toBe(true);
    expect(button(host, 'Don’t allow').disabled).toBe(false);
    act(() => void vi.advanceTimersByTime(500));
    expect(button(host, 'Allow once').disabled).toBe(false);
  });

  it('is answered once', async () => {
    const chat = asking(request());
    const { host } = drawn(chat);
    await click(button(host, 'Allow once'));
    await click(button(host, 'Allow once'));
    await click(button(host, 'Don’t allow'));
    expect(chat.deeds).toEqual([['answer', 'request-1', 'approve']]);
    expect(dock(host).textContent).toContain('Sending your answer…');
  });

  it('can be answered again when the answer never arrived', async () => {
    const chat = asking(request());
    const { host } = drawn(chat);
    await click(button(host, 'Allow once'));
    act(() => void vi.advanceTimersByTime(5000));
    expect(dock(host).textContent).toContain('There is no sign yet that your answer arrived.');
    await click(button(host, 'Allow once'));
    expect(chat.deeds).toHaveLength(2);
  });

  it('can be refused with a reason', async () => {
    const chat = asking(request());
    const { host } = drawn(chat);
    await click(button(host, 'Say why not…'));
    type(host.querySelector<HTMLInputElement>('[aria-label="Why it is not allowed"]')!, ' use the median ');
    await click(button(dock(host), 'Don’t allow'));
    expect(chat.deeds).toEqual([['answer', 'request-1', 'deny', 'use the median']]);
  });

  it('gives the buttons back when the reason is not given after all', async () => {
    const { host } = drawn(asking(request()));
    await click(button(host, 'Say why not…'));
    press(host.querySelector<HTMLInputElement>('[aria-label="Why it is not allowed"]')!, 'Escape');
    expect(hasButton(host, 'Allow once')).toBe(true);
  });

  it('that is too old can not be answered, and says so', () => {
    const { host } = drawn(asking(request({}, { expiresAt: Date.now() - 1 })));
    expect(button(host, 'Allow once').disabled).toBe(true);
    expect(dock(host).textContent).toContain('This request is too old.');
  });

  it('gets too old while it is looked at', () => {
    const { host } = drawn(asking(request({}, { expiresAt: Date.now() + 20_000 })));
    expect(button(host, 'Allow once').disabled).toBe(false);
    act(() => void vi.advanceTimersByTime(31_000));
    expect(button(host, 'Allow once').disabled).toBe(true);
  });

  it('leaves its outcome and its exact code in the conversation', async () => {
    const chat = asking(request());
    const { host } = drawn(chat);
    act(() =>
      chat.show({
        turns: [
          question('Go'),
          answer([tool({ name: 'insert_cell', status: 'done', request: request({}, { outcome: 'approved' }), result: '344' })]),
        ],
      }),
    );
    expect(host.querySelector('.ja-Dock')).toBeNull();
    await click(host.querySelector<HTMLElement>('.ja-Tool summary')!);
    act(() => void host.querySelector('details')!.dispatchEvent(new Event('toggle')));
    expect(host.querySelector('.ja-Tool')!.textContent).toContain('You allowed this.');
    expect(shownLines(host)).toEqual(['penguins.describe()']);
  });

  it.each(['Allow once', 'Don’t allow'])('answered with “%s” gives the focus to the composer at once', async (label) => {
    const { host } = drawn(asking(request()));
    button(host, label).focus();
    await click(button(host, label));
    expect(document.activeElement).toBe(host.querySelector('textarea'));
  });

  it('that is asked again says why', () => {
    expect(dock(drawn(asking(request())).host).textContent).not.toContain('Asked again');
    const { host } = drawn(asking(request({}, { again: true })));
    expect(dock(host).textContent).toContain('Asked again, because it changed since you looked.');
  });

  it('gives the focus to the composer when it goes away under it', async () => {
    const chat = asking(request());
    const { host } = drawn(chat);
    button(host, 'Don’t allow').focus();
    await act(async () => chat.show({ turns: [question('Go')], activeRun: null }));
    expect(document.activeElement).toBe(host.querySelector('textarea'));
  });

  it('is announced', () => {
    const { host } = drawn(asking(request()));
    expect(host.querySelector('.ja-Spoken[role="status"]')!.textContent).toBe(
      'Permission needed: Insert a cell after cell 3 and run it',
    );
  });
});

describe('several approvals', () => {
  const two = (): ScriptedChat =>
    asking(request(), request({ title: 'Change cell 2', code: 'b' }, { requestId: 'request-2', toolCallId: 'call-2' }));

  it('are all shown with their code', () => {
    const { host } = drawn(two());
    expect(shownLines(host)).toEqual(['penguins.describe()', 'b']);
  });

  it('pass the focus on: to the next card, as a whole, then to the composer', async () => {
    const { host } = drawn(two());
    const cards = [...host.querySelectorAll<HTMLElement>('.ja-Approval')];
    button(cards[0]!, 'Allow once').focus();
    await click(button(cards[0]!, 'Allow once'));
    expect(document.activeElement).toBe(cards[1]);
    await click(button(cards[1]!, 'Don’t allow'));
    expect(document.activeElement).toBe(host.querySelector('textarea'));
  });

  it('can be allowed together, in their order', async () => {
    const chat = two();
    const { host } = drawn(chat);
    await click(button(host, 'Allow all 2'));
    await act(async () => {
      await vi.advanceTimersByTimeAsync(10);
    });
    expect(chat.deeds).toEqual([
      ['answer', 'request-1', 'approve'],
      ['answer', 'request-2', 'approve'],
    ]);
  });

  it('that one answer closes are not answered again', async () => {
    const chat = two();
    chat.onDeed = () => chat.show({ turns: [question('Go')], activeRun: null });
    const { host } = drawn(chat);
    await click(button(host, 'Allow all 2'));
    await act(async () => {
      await vi.advanceTimersByTimeAsync(10);
    });
    expect(chat.deeds).toEqual([['answer', 'request-1', 'approve']]);
  });

  it('can be refused together', async () => {
    const chat = two();
    const { host } = drawn(chat);
    await click(button(host, 'Don’t allow any'));
    await act(async () => {
      await vi.advanceTimersByTimeAsync(10);
    });
    expect(chat.deeds.map((deed) => deed[2])).toEqual(['deny', 'deny']);
  });

  it('one alone has no button for all', () => {
    expect(drawn(asking(request())).host.textContent).not.toContain('Allow all');
  });
});

describe('open approvals', () => {
  it('keep their identity while nothing changes', () => {
    const { turns } = asking(request()).state;
    const before = openApprovals(turns);
    expect(openApprovals([...turns], before)).toBe(before);
  });

  it('leave out what is answered, and questions', () => {
    expect(openApprovals(asking(request({}, { outcome: 'denied' })).state.turns)).toEqual([]);
    expect(openApprovals(asking(request({}, { kind: 'question' })).state.turns)).toEqual([]);
  });

  it('have words for risk and time', () => {
    expect(riskWords('edit')).toBe('Changes the notebook');
    expect(riskWords('teleport')).toBe('Risk: teleport');
    expect(timeLeft(600_000, 0)).toBe('You can answer for 10 more minutes.');
    expect(timeLeft(0, 1)).toBeNull();
  });
});

describe('a question', () => {
  it('is answered in words, in the conversation', async () => {
    const chat = asking(request({ title: 'Which column?' }, { kind: 'question' }));
    const { host } = drawn(chat);
    expect(host.querySelector('.ja-Dock')).toBeNull();
    const field = host.querySelector<HTMLInputElement>('.ja-QuestionCard input')!;
    type(field, 'mass');
    await click(button(host, 'Answer'));
    expect(chat.deeds).toEqual([['reply', 'request-1', 'mass']]);
  });
});
