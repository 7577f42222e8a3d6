/** A live notebook as data: what is on the screen now, saved or not. */
import type { ISharedCell, ISharedCodeCell } from '@jupyter/ydoc';
import type * as nbformat from '@jupyterlab/nbformat';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { hashSource } from '../core/hash';
import { asObject, asText } from '../core/json';
import { outputTexts, type OutputText } from './outputs';

/** What to tell. */
export interface ReadOrder {
  readonly path: string;
  /** null: all cells. */
  readonly cellIds: readonly string[] | null;
  readonly outputs: boolean;
  /** Characters of output text per cell. */
  readonly outputLimit: number;
}

/** One cell as the server reads it. */
export interface CellData {
  readonly cellId: string;
  readonly position: number;
  readonly type: string;
  readonly source: string;
  readonly sourceHash: string;
  readonly executionCount: number | null;
  readonly outputs: readonly OutputText[];
  readonly running: boolean;
}

/** A notebook as the server reads it. */
export interface NotebookData {
  readonly path: string;
  readonly kernelId: string | null;
  readonly kernelStatus: string;
  readonly kernelName: string | null;
  readonly language: string | null;
  readonly activeCellId: string | null;
  readonly cells: readonly CellData[];
}

/** The notebook in `panel`. Reading changes nothing. */
export function readNotebook(panel: NotebookPanel, order: ReadOrder): NotebookData {
  const model = panel.content.model;
  const kernel = panel.sessionContext.session?.kernel ?? null;
  const cells = (model?.sharedModel.cells ?? []).map((cell, position) => ({ cell, position }));
  return {
    path: order.path,
    kernelId: kernel?.id ?? null,
    kernelStatus: kernel?.status ?? 'none',
    kernelName: kernel?.name ?? null,
    language: languageOf(model?.sharedModel.metadata),
    activeCellId: panel.content.activeCell?.model.id ?? null,
    cells: cells
      .filter(({ cell }) => order.cellIds?.includes(cell.getId()) ?? true)
      .map(({ cell, position }) => readCell(cell, position, order)),
  };
}

function readCell(cell: ISharedCell, position: number, order: ReadOrder): CellData {
  const source = cell.getSource();
  const common = {
    cellId: cell.getId(),
    position,
    // A type that nbformat does not know can only be shown as it is.
    type: KNOWN_TYPES.includes(cell.cell_type) ? cell.cell_type : 'raw',
    source,
    sourceHash: hashSource(source),
  };
  if (!isCode(cell)) {
    return { ...common, executionCount: null, outputs: [], running: false };
  }
  return {
    ...common,
    executionCount: cell.execution_count,
    outputs: order.outputs ? outputTexts(cell.getOutputs(), order.outputLimit) : [],
    running: cell.executionState === 'running',
  };
}

const KNOWN_TYPES: readonly string[] = ['code', 'markdown', 'raw'];

const isCode = (cell: ISharedCell): cell is ISharedCodeCell => cell.cell_type === 'code';

/** What the kernel said it speaks, else what the notebook was made for. */
function languageOf(metadata: nbformat.INotebookMetadata | undefined): string | null {
  return asText(asObject(metadata?.language_info)['name']) ?? asText(asObject(metadata?.kernelspec)['language']);
}
