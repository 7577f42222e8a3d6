/**
 * Reading and changing cells of a live notebook through its shared model, by id.
 *
 * All of it happens in one turn of the event loop: between the comparison of a source and the write that depends on it
 * nobody can type. Each change is an undo step of its own.
 */
import type { ISharedCell, ISharedNotebook, SharedCell } from '@jupyter/ydoc';
import { hashSource } from '../core/hash';
import type { ActionResult } from '../core/wire';

/** A cell and where it is. */
export interface Found {
  readonly cell: ISharedCell;
  readonly position: number;
}

/** The cell of that id, or null. */
export function findCell(notebook: ISharedNotebook, cellId: string): Found | null {
  const position = notebook.cells.findIndex((cell) => cell.getId() === cellId);
  const cell = notebook.cells[position];
  return cell === undefined ? null : { cell, position };
}

/** "That cell is not there", in words. */
export const unknownCell = (cellId: string): ActionResult => ({
  outcome: 'refused',
  reason: 'unknown-cell',
  detail: `There is no cell ${cellId} in this notebook any more.`,
});

/** "The cell is not what it was", with what it is now. */
export const changedCell = (cell: ISharedCell): ActionResult => ({
  outcome: 'refused',
  reason: 'changed',
  detail: 'The cell has been changed since it was read.',
  source: cell.getSource(),
  sourceHash: hashSource(cell.getSource()),
});

/** A new cell. */
export interface Insertion {
  readonly cellId: string;
  readonly type: 'code' | 'markdown' | 'raw';
  readonly source: string;
  readonly position: number;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Inserts a cell as one undo step of the notebook. An id that exists is left as it is. */
export function insertCell(notebook: ISharedNotebook, insertion: Insertion): ActionResult {
  const { cellId, source } = insertion;
  const existing = findCell(notebook, cellId);
  if (existing !== null) {
    const same = existing.cell.getSource() === source;
    return same ? inserted(existing, false) : changedCell(existing.cell);
  }
  asOwnStep(notebook, () =>
    notebook.transact(() => {
      notebook.insertCell(Math.min(insertion.position, notebook.cells.length), newCell(insertion));
    }),
  );
  const written = findCell(notebook, cellId);
  return written?.cell.getSource() === source
    ? inserted(written, true)
    : { outcome: 'failed', reason: 'read-back', detail: 'The notebook did not take the new cell.' };
}

const inserted = ({ cell, position }: Found, changed: boolean): ActionResult => ({
  outcome: 'done',
  cellId: cell.getId(),
  position,
  sourceHash: hashSource(cell.getSource()),
  changed,
});

function newCell({ cellId, type, source, metadata = {} }: Insertion): SharedCell.Cell {
  // Like a cell that the person adds: it has no outputs, and one untrusted cell would spoil the notebook's signature.
  const trusted = type === 'code' ? { trusted: true } : {};
  return { id: cellId, cell_type: type, source, metadata: { ...metadata, ...trusted } };
}

/** Replaces the source of a cell, as one undo step in that cell, if it still is what `expectedHash` stands for. */
export function replaceSource(
  notebook: ISharedNotebook,
  cellId: string,
  source: string,
  expectedHash: string | null,
): ActionResult {
  const found = findCell(notebook, cellId);
  if (found === null) {
    return unknownCell(cellId);
  }
  const { cell, position } = found;
  const before = cell.getSource();
  if (hashSource(before) !== expectedHash) {
    return changedCell(cell);
  }
  asOwnStep(notebook, () => asOwnStep(cell, () => writeSource(cell, source)));
  return cell.getSource() === source
    ? { outcome: 'done', cellId, position, type: cell.cell_type, sourceHash: hashSource(source), before }
    : { outcome: 'failed', reason: 'read-back', detail: 'The cell did not take the new source.' };
}

/** Writes only what differs, so that a cursor elsewhere in the cell stays where it is. */
function writeSource(cell: ISharedCell, source: string): void {
  const before = cell.getSource();
  const shorter = Math.min(before.length, source.length);
  let start = 0;
  while (start < shorter && before[start] === source[start]) {
    start += 1;
  }
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === source[source.length - 1 - end]) {
    end += 1;
  }
  // A character outside the basic plane is two units; the shared text must never hold half of one.
  if (isHighSurrogate(before.charCodeAt(start - 1))) {
    start -= 1;
  }
  if (isLowSurrogate(before.charCodeAt(before.length - end))) {
    end -= 1;
  }
  if (before !== source) {
    cell.updateSource(start, before.length - end, source.slice(start, source.length - end));
  }
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

/** What both shared classes have, and their interfaces do not name. */
interface Undoable {
  readonly undoManager?: { stopCapturing(): void } | null;
}

/** Runs `change` so that no undo step mixes it with what happened within half a second before or after. */
export function asOwnStep(owner: object, change: () => void): void {
  const { undoManager } = owner as Undoable;
  undoManager?.stopCapturing();
  change();
  undoManager?.stopCapturing();
}
