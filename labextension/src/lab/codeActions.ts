/** What the buttons on a block of code do: the person's own clicks, on a notebook that they look at. */
import type { NotebookPanel } from '@jupyterlab/notebook';
import { hashSource } from '../core/hash';
import { uuid } from '../core/ids';
import { asText } from '../core/json';
import type { ActionResult } from '../core/wire';
import type { CodeActions } from '../view/environment';
import { findCell, insertCell, replaceSource } from './cells';
import type { CellRunner } from './run';

/** The buttons for the notebook that `find` gives when they are pressed. */
export function codeActions(find: () => NotebookPanel | null, runner: CellRunner): CodeActions {
  const open = (): NotebookPanel => {
    const panel = find();
    if (panel === null) {
      throw new Error('No notebook is open. Open one, then try again.');
    }
    return panel;
  };
  return {
    insertBelow: (code) => promised(() => insertBelow(open(), code)),
    replaceActive: (code) => promised(() => replaceActive(open(), code)),
    run: async (code) => {
      const panel = open();
      const cellId = insertBelow(panel, code);
      const order = { cellId, source: code, expectedHash: hashSource(code), outputLimit: 0 };
      // A program that ends in an error has run: the person sees it in the cell.
      expectDone(await runner.run(panel, order));
    },
  };
}

/** What `act` throws becomes the promise's rejection. */
const promised = (act: () => void): Promise<void> =>
  new Promise((resolve) => {
    act();
    resolve();
  });

function placeIn(panel: NotebookPanel): {
  readonly notebook: NonNullable<NotebookPanel['content']['model']>['sharedModel'];
  readonly active: ReturnType<typeof findCell>;
} {
  const notebook = panel.content.model?.sharedModel;
  if (notebook === undefined) {
    throw new Error('The notebook is still being opened. Try again in a moment.');
  }
  const activeId = panel.content.activeCell?.model.id;
  return { notebook, active: activeId === undefined ? null : findCell(notebook, activeId) };
}

/** Inserts below the active cell and makes the new cell active; returns its id. */
function insertBelow(panel: NotebookPanel, source: string): string {
  const { notebook, active } = placeIn(panel);
  const cellId = uuid();
  const position = active === null ? notebook.cells.length : active.position + 1;
  expectDone(insertCell(notebook, { cellId, type: 'code', source, position }));
  panel.content.activeCellIndex = position;
  panel.content.scrollToItem(position, 'auto').catch(() => undefined);
  return cellId;
}

function replaceActive(panel: NotebookPanel, source: string): void {
  const { notebook, active } = placeIn(panel);
  if (active === null) {
    throw new Error('No cell is selected. Click the cell that is to be replaced, then try again.');
  }
  expectDone(replaceSource(notebook, active.cell.getId(), source, hashSource(active.cell.getSource())));
}

function expectDone(result: ActionResult): void {
  if (result.outcome !== 'done') {
    throw new Error(asText(result['detail']) ?? 'The notebook refused this.');
  }
}
