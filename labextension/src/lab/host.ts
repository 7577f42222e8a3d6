/** Carries out what the server asks of this page, on the notebooks that are open in it. */
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { ActionHost } from '../core/actions';
import { pause, type Clock } from '../core/clock';
import { asList, asNumber, asObject, asText } from '../core/json';
import type { ActionRequest, ActionResult } from '../core/wire';
import { findCell, insertCell, replaceSource, unknownCell, type Insertion } from './cells';
import type { OpenNotebooks } from './documents';
import { readNotebook } from './read';
import type { CellRunner } from './run';

/** How long a notebook that is still being opened is waited for. */
const OPENING = 10_000;
/** Characters of output per cell when the server does not say. */
const OUTPUT_LIMIT = 20_000;

/** Promises: the result is "done" only after reading back; nothing is done to a notebook other than the one named. */
export class NotebookHost implements ActionHost {
  constructor(
    private readonly notebooks: OpenNotebooks,
    private readonly runner: CellRunner,
    private readonly clock: Clock,
  ) {}

  async perform(action: ActionRequest): Promise<ActionResult> {
    const panel = this.notebooks.find(action.documentId);
    if (panel === null) {
      return refused('unknown-document', 'That notebook is no longer open in this page.');
    }
    if (!panel.context.isReady && !(await this.opened(panel))) {
      return refused('not-ready', 'That notebook is still being opened.');
    }
    switch (action.operation) {
      case 'read':
        return this.read(panel, action);
      case 'insert':
        return this.insert(panel, action);
      case 'replace':
        return this.replace(panel, action);
      case 'run':
        return this.run(panel, action);
      case 'interrupt':
        return this.runner.stop(text(action, 'cellId'));
      default:
        return refused('unknown-operation', `This page does not know how to "${action.operation}". Reload it.`);
    }
  }

  private opened(panel: NotebookPanel): Promise<boolean> {
    const ready = Promise.all([panel.context.ready, panel.revealed]).then(() => true);
    return Promise.race([ready, pause(this.clock, OPENING).then(() => false)]);
  }

  private read(panel: NotebookPanel, { arguments: given }: ActionRequest): ActionResult {
    const wanted = Array.isArray(given['cellIds']) ? asList(given['cellIds']).map(String) : null;
    const missing = wanted?.find((cellId) => !has(panel, cellId));
    return missing !== undefined
      ? unknownCell(missing)
      : {
          outcome: 'done',
          notebook: readNotebook(panel, {
            path: this.notebooks.pathOf(panel),
            cellIds: wanted,
            outputs: given['outputs'] !== false,
            outputLimit: asNumber(given['outputLimit']) ?? OUTPUT_LIMIT,
          }),
        };
  }

  private insert(panel: NotebookPanel, action: ActionRequest): ActionResult {
    const notebook = panel.content.model?.sharedModel;
    const after = asText(action.arguments['afterCellId']);
    if (notebook === undefined || (after !== null && findCell(notebook, after) === null)) {
      return unknownCell(after ?? '');
    }
    const wanted = asNumber(action.arguments['position']) ?? notebook.cells.length;
    const type = asText(action.arguments['type']);
    const insertion: Insertion = {
      cellId: text(action, 'cellId'),
      type: type === 'markdown' || type === 'raw' ? type : 'code',
      source: text(action, 'source'),
      position: after === null ? wanted : (findCell(notebook, after)?.position ?? 0) + 1,
      metadata: asObject(action.arguments['metadata']),
    };
    if (insertion.cellId === '') {
      return refused('no-cell-id', 'The new cell has no id.');
    }
    const result = insertCell(notebook, insertion);
    reveal(panel, insertion.cellId);
    return result;
  }

  private replace(panel: NotebookPanel, action: ActionRequest): ActionResult {
    const notebook = panel.content.model?.sharedModel;
    const cellId = text(action, 'cellId');
    if (notebook === undefined) {
      return unknownCell(cellId);
    }
    const result = replaceSource(notebook, cellId, text(action, 'source'), action.expectedHash);
    if (result.outcome === 'done') {
      reveal(panel, cellId);
    }
    return result;
  }

  private run(panel: NotebookPanel, action: ActionRequest): Promise<ActionResult> {
    const cellId = text(action, 'cellId');
    reveal(panel, cellId);
    return this.runner.run(panel, {
      cellId,
      source: text(action, 'source'),
      expectedHash: action.expectedHash,
      outputLimit: asNumber(action.arguments['outputLimit']) ?? OUTPUT_LIMIT,
    });
  }
}

/** Scrolls to a cell that is changed or run, but never away from where the person types, and takes no focus. */
export function reveal(panel: NotebookPanel, cellId: string): void {
  const { content } = panel;
  const index = content.widgets.findIndex((cell) => cell.model.id === cellId);
  const typing = content.mode === 'edit' && content.node.contains(document.activeElement);
  if (index >= 0 && panel.isVisible && !typing) {
    content.scrollToItem(index, 'auto').catch(() => undefined);
  }
}

const has = (panel: NotebookPanel, cellId: string): boolean =>
  panel.content.widgets.some((cell) => cell.model.id === cellId);

const text = (action: ActionRequest, name: string): string => asText(action.arguments[name]) ?? '';

const refused = (reason: string, detail: string): ActionResult => ({ outcome: 'refused', reason, detail });
