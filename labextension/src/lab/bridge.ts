/** What widgets in the notebooks of this page may use of it. */
import { PathExt } from '@jupyterlab/coreutils';
import type { Page } from '../core/pages';
import type { ViewEnvironment } from '../view';
import { BRIDGE_VERSION, type Bridge } from '../view/bridge';
import { codeActions } from './codeActions';
import type { OpenNotebooks } from './documents';
import { contextOf } from './place';
import type { CellRunner } from './run';

/** The bridge to the notebooks that are open. */
export function notebookBridge(
  notebooks: OpenNotebooks,
  runner: CellRunner,
  page: Page,
  highlighting: Pick<ViewEnvironment, 'highlight'>,
): Bridge {
  return {
    version: BRIDGE_VERSION,
    documentOf: (element) => notebooks.showing(element),
    contextOf: (documentId) => {
      const panel = notebooks.find(documentId);
      return panel === null ? {} : contextOf(panel, notebooks, page.pageId);
    },
    nameOf: (documentId) => {
      const panel = notebooks.find(documentId);
      return panel === null ? null : PathExt.basename(notebooks.pathOf(panel));
    },
    codeActions: (documentId) => codeActions(() => notebooks.find(documentId), runner),
    subscribe: (listener) => notebooks.subscribe(listener),
    onRun: (listener) => page.onRun(listener),
    ready: () => page.ready(),
    ...highlighting,
  };
}
