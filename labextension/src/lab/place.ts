/** Where the next message comes from: the notebook that the person works in, its active cell, what is selected there. */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { PathExt } from '@jupyterlab/coreutils';
import type { MessageContext } from '../core/wire';
import type { QuestionContext } from '../view/environment';
import type { OpenNotebooks } from './documents';

/** A longer selection is no hint any more; the assistant can read the cell. */
const SELECTION_LIMIT = 4_000;

/** The context of a message that is sent now. */
export function messageContext(tracker: INotebookTracker, notebooks: OpenNotebooks, pageId: string): MessageContext {
  const panel = tracker.currentWidget;
  return panel === null ? {} : contextOf(panel, notebooks, pageId);
}

/** The same for a message about a certain notebook. */
export function contextOf(panel: NotebookPanel, notebooks: OpenNotebooks, pageId: string): MessageContext {
  const documentId = notebooks.idOf(panel);
  if (documentId === null) {
    return {};
  }
  const activeCellId = panel.content.activeCell?.model.id;
  const selection = selectionIn(panel);
  return {
    page: {
      pageId,
      documentId,
      ...(activeCellId === undefined ? {} : { activeCellId }),
      ...(selection === '' ? {} : { selection }),
    },
    notebook: { path: notebooks.pathOf(panel) },
  };
}

/** The name of that notebook, for the view. */
export function questionContext(tracker: INotebookTracker, notebooks: OpenNotebooks): QuestionContext {
  let label: { readonly label: string } | null = null;
  return {
    subscribe: (listener) => {
      const changed = (): void => listener();
      tracker.currentChanged.connect(changed);
      const stop = notebooks.subscribe(changed);
      return () => {
        tracker.currentChanged.disconnect(changed);
        stop();
      };
    },
    get: () => {
      const panel = tracker.currentWidget;
      const name = panel === null ? null : PathExt.basename(notebooks.pathOf(panel));
      // The same object while the name is the same: the view compares references.
      if (name !== (label?.label ?? null)) {
        label = name === null ? null : { label: name };
      }
      return label;
    },
  };
}

function selectionIn(panel: NotebookPanel): string {
  const editor = panel.content.activeCell?.editor ?? null;
  if (editor === null) {
    return '';
  }
  const { start, end } = editor.getSelection();
  const [from, to] = [editor.getOffsetAt(start), editor.getOffsetAt(end)].sort((a, b) => a - b) as [number, number];
  return editor.model.sharedModel.getSource().slice(from, Math.min(to, from + SELECTION_LIMIT));
}
