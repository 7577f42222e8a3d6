/** Running a cell of a live notebook: the approved source itself, with its outputs where the person looks. */
import { CodeCell, MarkdownCell, type Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { Clock } from '../core/clock';
import { hashSource } from '../core/hash';
import type { ActionResult } from '../core/wire';
import { changedCell, findCell, unknownCell } from './cells';
import { isRefusal, readyKernel } from './kernel';
import { errorOf, outputTexts } from './outputs';

/** What to run. `expectedHash` is the hash of `source`. */
export interface RunOrder {
  readonly cellId: string;
  readonly source: string;
  readonly expectedHash: string | null;
  /** Characters of output that are told. */
  readonly outputLimit: number;
}

type Future = Kernel.IShellFuture<KernelMessage.IExecuteRequestMsg, KernelMessage.IExecuteReplyMsg>;

/** One execution that we started. */
interface Execution {
  readonly kernel: Kernel.IKernelConnection;
  /** The kernel has begun with it; before that, an interrupt would hit somebody else's cell. */
  begun: boolean;
  stopRequested: boolean;
}

/** Promises: at most one execution per cell by us at a time; `stop` interrupts only those. */
export class CellRunner {
  private readonly executions = new Map<string, Execution>();

  constructor(private readonly clock: Clock) {}

  async run(panel: NotebookPanel, order: RunOrder): Promise<ActionResult> {
    const kernel = needsKernel(panel, order.cellId) ? await readyKernel(panel.sessionContext, this.clock) : null;
    // From here to the request nothing waits: what was compared is what runs.
    const notebook = panel.content.model?.sharedModel;
    const found = notebook === undefined ? null : findCell(notebook, order.cellId);
    const widget = panel.content.widgets.find((cell) => cell.model.id === order.cellId);
    if (found === null || widget === undefined) {
      return unknownCell(order.cellId);
    }
    const hash = hashSource(found.cell.getSource());
    if (hash !== order.expectedHash || found.cell.getSource() !== order.source) {
      return changedCell(found.cell);
    }
    if (kernel !== null && isRefusal(kernel)) {
      return { outcome: 'refused', ...kernel };
    }
    if (!(widget instanceof CodeCell) || kernel === null) {
      return rendered(widget, hash);
    }
    if (widget.model.executionState === 'running') {
      return { outcome: 'refused', reason: 'cell-running', detail: 'This cell is running already. Wait, or stop it.' };
    }
    return this.execute(panel, widget, kernel, order);
  }

  /** Interrupts the kernel if it is busy with a cell that `run` started; if that is still queued, as soon as it begins. */
  async stop(cellId: string): Promise<ActionResult> {
    const execution = this.executions.get(cellId);
    if (execution === undefined) {
      return { outcome: 'done', interrupted: false };
    }
    execution.stopRequested = true;
    if (execution.begun) {
      await execution.kernel.interrupt();
    }
    return { outcome: 'done', interrupted: true };
  }

  private async execute(
    panel: NotebookPanel,
    cell: CodeCell,
    kernel: Kernel.IKernelConnection,
    order: RunOrder,
  ): Promise<ActionResult> {
    const startedAt = this.clock.now();
    const execution: Execution = { kernel, begun: false, stopRequested: false };
    this.executions.set(order.cellId, execution);
    let future: Future | null = null;
    try {
      future = begin(panel, cell, kernel, order.source);
      future.registerMessageHook((message) => {
        if (message.header.msg_type === 'execute_input') {
          execution.begun = true;
          if (execution.stopRequested) {
            void kernel.interrupt();
          }
        }
        return true;
      });
      const reply = await future.done;
      finish(panel, cell, reply);
      return told(cell, reply, order, Math.round(this.clock.now() - startedAt));
    } catch {
      return lost(cell, kernel, future);
    } finally {
      this.executions.delete(order.cellId);
    }
  }
}

function needsKernel(panel: NotebookPanel, cellId: string): boolean {
  return panel.content.widgets.some((cell) => cell.model.id === cellId && cell instanceof CodeCell);
}

/** Markdown is "run" by showing it; raw cells have nothing to run. */
function rendered(cell: Cell, sourceHash: string): ActionResult {
  if (cell instanceof MarkdownCell) {
    cell.rendered = true;
  }
  const nothing = { executionCount: null, outputs: [], error: null, durationMs: 0 };
  return { outcome: 'done', cellId: cell.model.id, status: 'ok', sourceHash, ...nothing };
}

/** What JupyterLab's own `CodeCell.execute` does, with our source instead of whatever is in the cell by then. */
function begin(panel: NotebookPanel, cell: CodeCell, kernel: Kernel.IKernelConnection, code: string): Future {
  const { model } = cell;
  model.sharedModel.transact(
    () => {
      model.clearExecution();
      cell.outputHidden = false;
    },
    false,
    'silent-change',
  );
  model.executionState = 'running';
  model.trusted = true;
  const tags = model.getMetadata('tags') as unknown;
  const future = kernel.requestExecute(
    {
      code,
      store_history: true,
      // Nobody may sit at a prompt that a program opened: input() fails at once, with an error that says so.
      allow_stdin: false,
      stop_on_error: !(Array.isArray(tags) && tags.includes('raises-exception')),
    },
    false,
    { ...model.metadata, cellId: model.id, deletedCells: panel.content.model?.deletedCells ?? [] },
  );
  cell.outputArea.future = future;
  if (panel.content.notebookConfig.recordTiming) {
    recordTiming(cell, future);
  } else {
    model.deleteMetadata('execution');
  }
  return future;
}

/** The times that JupyterLab writes into the cell when the person asks it to. */
function recordTiming(cell: CodeCell, future: Future): void {
  const note = (label: string, date: unknown): void => {
    const times = cell.model.getMetadata('execution') as object | undefined;
    cell.model.setMetadata('execution', {
      ...times,
      [label]: typeof date === 'string' && date !== '' ? date : new Date().toISOString(),
    });
  };
  future.registerMessageHook((message) => {
    const { msg_type: type, date } = message.header;
    if (type === 'status') {
      note(`iopub.status.${(message.content as { execution_state: string }).execution_state}`, date);
    } else if (type === 'execute_input') {
      note('iopub.execute_input', date);
    }
    return true;
  });
  future.done.then(
    (reply) => {
      const started = (reply.metadata as { readonly started?: unknown }).started;
      if (started !== undefined) {
        note('shell.execute_reply.started', started);
      }
      note('shell.execute_reply', reply.header.date);
    },
    () => {
      if (!cell.isDisposed) {
        note('execution_failed', null);
      }
    },
  );
}

function finish(panel: NotebookPanel, cell: CodeCell, reply: KernelMessage.IExecuteReplyMsg): void {
  panel.content.model?.deletedCells.splice(0);
  if (!cell.isDisposed) {
    cell.model.executionCount = reply.content.execution_count;
    // An aborted execution has no count, and without one the prompt would show that it runs for ever.
    cell.model.executionState = 'idle';
  }
}

function told(
  cell: CodeCell,
  reply: KernelMessage.IExecuteReplyMsg,
  order: RunOrder,
  durationMs: number,
): ActionResult {
  const outputs = cell.isDisposed ? [] : cell.model.sharedModel.getOutputs();
  return {
    outcome: 'done',
    cellId: order.cellId,
    executionCount: reply.content.execution_count,
    status: reply.content.status,
    outputs: outputTexts(outputs, order.outputLimit),
    error: errorOf(outputs, order.outputLimit),
    durationMs,
    sourceHash: hashSource(order.source),
  };
}

/** The reply will never come. Whether the code had its effect is not known. */
function lost(cell: CodeCell, kernel: Kernel.IKernelConnection, future: Future | null): ActionResult {
  if (cell.isDisposed) {
    return { outcome: 'failed', reason: 'cell-deleted', detail: 'The cell was deleted while it ran.' };
  }
  if (future !== null && cell.outputArea.future !== future && kernel.status !== 'dead') {
    return { outcome: 'failed', reason: 'superseded', detail: 'The cell was run again before it had finished.' };
  }
  cell.model.executionState = 'idle';
  return {
    outcome: 'failed',
    reason: 'kernel-died',
    detail: 'The kernel died or was restarted while the cell ran.',
  };
}
