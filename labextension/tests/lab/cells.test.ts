import { YNotebook } from '@jupyter/ydoc';
import { beforeAll, expect, test, vi } from 'vitest';
import { hashSource } from '../../src/core/hash';
import { findCell, insertCell, replaceSource } from '../../src/lab/cells';

// Yjs warns of cells that JupyterLab's own shared notebook fills before it inserts them; that is theirs.
beforeAll(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});

const cell = (id: string, source: string) => ({ id, cell_type: 'code', source, metadata: {} });

/** As JupyterLab makes it: each cell has an undo of its own. */
function notebook(...cells: ReturnType<typeof cell>[]): YNotebook {
  const made = new YNotebook({ disableDocumentWideUndoRedo: true });
  made.insertCells(0, cells);
  made.clearUndoHistory();
  return made;
}

const ids = (made: YNotebook): string[] => made.cells.map((one) => one.getId());
const insertion = { cellId: 'new', type: 'code', source: 'y = 2', position: 1 } as const;

test('a new cell is there, trusted, and reported after reading it back', () => {
  const made = notebook(cell('a', 'x = 1'), cell('b', ''));
  expect(insertCell(made, insertion)).toEqual({
    outcome: 'done',
    cellId: 'new',
    position: 1,
    sourceHash: hashSource('y = 2'),
    changed: true,
  });
  expect(ids(made)).toEqual(['a', 'new', 'b']);
  expect(made.getCell(1).getMetadata('trusted')).toBe(true);
});

test('inserting an id that exists changes nothing; with other text it is refused', () => {
  const made = notebook(cell('a', 'x = 1'));
  insertCell(made, insertion);
  expect(insertCell(made, insertion)).toMatchObject({ outcome: 'done', changed: false });
  expect(insertCell(made, { ...insertion, source: 'z' })).toMatchObject({ outcome: 'refused', reason: 'changed' });
  expect(ids(made)).toEqual(['a', 'new']);
});

test('an inserted cell is one undo step of the notebook, apart from what came just before and after', () => {
  const made = notebook(cell('a', 'x = 1'));
  made.insertCell(1, cell('mine', ''));
  insertCell(made, { ...insertion, position: 2 });
  made.insertCell(3, cell('mine too', ''));
  made.undo();
  expect(ids(made)).toEqual(['a', 'mine', 'new']);
  made.undo();
  expect(ids(made)).toEqual(['a', 'mine']);
  made.undo();
  expect(ids(made)).toEqual(['a']);
});

test('a source is replaced only while it is what was read', () => {
  const made = notebook(cell('a', 'x = 1'));
  made.getCell(0).setSource('x = 1  # mine');
  expect(replaceSource(made, 'a', 'x = 2', hashSource('x = 1'))).toMatchObject({
    outcome: 'refused',
    reason: 'changed',
    source: 'x = 1  # mine',
    sourceHash: hashSource('x = 1  # mine'),
  });
  expect(replaceSource(made, 'a', 'x = 2', null)).toMatchObject({ outcome: 'refused', reason: 'changed' });
  expect(replaceSource(made, 'gone', 'x = 2', null)).toMatchObject({ outcome: 'refused', reason: 'unknown-cell' });
  expect(made.getCell(0).getSource()).toBe('x = 1  # mine');
});

test('a replacement is one undo step of the cell, apart from typing just before and after', () => {
  const made = notebook(cell('a', 'x = 1'));
  const target = made.getCell(0);
  target.updateSource(5, 5, '2');
  expect(replaceSource(made, 'a', 'y = 34', hashSource('x = 12'))).toEqual({
    outcome: 'done',
    cellId: 'a',
    position: 0,
    type: 'code',
    sourceHash: hashSource('y = 34'),
    before: 'x = 12',
  });
  target.updateSource(6, 6, '5');
  expect(target.getSource()).toBe('y = 345');
  target.undo();
  expect(target.getSource()).toBe('y = 34');
  target.undo();
  expect(target.getSource()).toBe('x = 12');
  target.undo();
  expect(target.getSource()).toBe('x = 1');
});

test('any text becomes any other text, also where two emoji share half of their code', () => {
  const texts = ['', 'a', 'ab', 'ba', 'aa', 'aaa', '🐧', '🐦', '🐧🐦', 'x🐦y', 'x🐧y', 'line 1\nline 2', 'line 2\nline 1'];
  for (const before of texts) {
    for (const after of texts) {
      const made = notebook(cell('a', before));
      expect(replaceSource(made, 'a', after, hashSource(before))).toMatchObject({ outcome: 'done' });
      expect(findCell(made, 'a')?.cell.getSource()).toBe(after);
      made.getCell(0).undo();
      expect(made.getCell(0).getSource()).toBe(before);
    }
  }
});
