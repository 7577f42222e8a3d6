import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readEvent } from '../../src/core/events';
import { emptyChat, reduce } from '../../src/core/reduce';
import type { ChatState } from '../../src/core/state';

interface Transcript {
  readonly name: string;
  readonly about: string;
  readonly events: readonly { readonly seq: number; readonly runId: string; readonly event: unknown }[];
  readonly state: ChatState;
}

const folder = join(import.meta.dirname, '../../../tests/wire');
const transcripts = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Transcript);

test.each(transcripts)('$name: $about', ({ events, state }) => {
  const shown = events.reduce((before, { seq, runId, event }) => {
    const known = readEvent(event);
    expect(known).not.toBe('malformed');
    return known === 'ignored' || known === 'malformed' ? before : reduce(before, seq, runId, known);
  }, emptyChat('thread-1'));
  expect(shown).toEqual(state);
});

test('there are transcripts', () => expect(transcripts.length).toBeGreaterThan(3));
