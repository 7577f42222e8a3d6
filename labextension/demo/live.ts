/** A chat that answers each message from a script, word by word, and asks for permission on the way. */
import type { AssistantTurn, Part, ToolPart } from '../src/core/state';
import { LONG } from './scenes';
import { answer, emptyState, question, request, ScriptedChat, text, tool } from './scripted';

const WORD_MILLISECONDS = 25;

export function live(): ScriptedChat {
  const chat = new ScriptedChat(emptyState);
  let number = 0;
  let timer: ReturnType<typeof setInterval> | undefined;

  const update = (change: Partial<AssistantTurn>, active: string | null): void => {
    const turns = chat.state.turns.map((turn, index, all) =>
      index === all.length - 1 && turn.role === 'assistant' ? { ...turn, ...change } : turn,
    );
    chat.show({ turns, activeRun: active });
  };
  const stream = (runId: string, parts: readonly Part[], words: string, then: () => void): void => {
    const pieces = words.split(/(?<= )/);
    let count = 0;
    timer = setInterval(() => {
      count += 1;
      const done = count >= pieces.length;
      update({ parts: [...parts, text(pieces.slice(0, count).join(''), !done, `text-${parts.length}`)] }, runId);
      if (!done) return;
      clearInterval(timer);
      then();
    }, WORD_MILLISECONDS);
  };

  const begin = (words: string): void => {
    number += 1;
    const runId = `run-${number}`;
    const open = request({}, { requestId: `request-${number}`, runId });
    const read = tool({ id: `read-${number}`, status: 'running' });
    const waiting: ToolPart = tool({ id: `run-${number}`, name: 'insert_cell', status: 'waiting', request: open });
    chat.show({
      title: chat.state.title ?? words.slice(0, 60),
      activeRun: runId,
      turns: [...chat.state.turns, question(words, runId), answer([], { runId, status: 'running' })],
    });
    setTimeout(() => update({ parts: [read] }, runId), 600);
    setTimeout(() => {
      const first: Part[] = [{ ...read, status: 'done', result: '12 cells' }];
      stream(runId, first, LONG, () => {
        const parts = [...first, text(LONG, false, 'text-1'), waiting];
        update({ parts }, runId);
        chat.onDeed = ([verb, , decision]) => {
          if (verb !== 'answer') return;
          const approved = decision === 'approve';
          const decided: ToolPart = {
            ...waiting,
            status: approved ? 'done' : 'denied',
            result: approved ? 'count 344' : null,
            request: { ...open, outcome: approved ? 'approved' : 'denied' },
          };
          const rest = [...parts.slice(0, -1), decided];
          stream(runId, rest, approved ? 'It ran. All **344** rows are there.' : 'Then I leave it as it is.', () =>
            update({ status: 'finished' }, null),
          );
        };
      });
    }, 1400);
  };

  const onDeed: ScriptedChat['onDeed'] = () => undefined;
  chat.onDeed = onDeed;
  chat.send = async (words) => {
    begin(words);
    await Promise.resolve();
  };
  chat.stop = async () => {
    clearInterval(timer);
    update({ status: 'cancelled' }, null);
    await Promise.resolve();
  };
  return chat;
}
