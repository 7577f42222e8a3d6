/** The notebooks that are open in this page, each under a name of its own for as long as it is open. */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { uuid } from '../core/ids';
import type { OpenDocument } from '../core/wire';

/** Promises: one id per panel, from its opening to its closing; `changed` tells of every change of `list()`. */
export class OpenNotebooks {
  private readonly panels = new Map<string, NotebookPanel>();
  private readonly listeners = new Set<() => void>();

  /** `localPath` removes the prefix of a drive (such as the collaboration's) from a path. */
  constructor(
    tracker: INotebookTracker,
    private readonly localPath: (path: string) => string,
  ) {
    tracker.forEach((panel) => this.add(panel));
    tracker.widgetAdded.connect((_, panel) => this.add(panel));
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** What the server is told. */
  list(): OpenDocument[] {
    return [...this.panels].map(([documentId, panel]) => ({
      documentId,
      path: this.pathOf(panel),
      kernelId: panel.sessionContext.session?.kernel?.id ?? null,
    }));
  }

  find(documentId: string): NotebookPanel | null {
    return this.panels.get(documentId) ?? null;
  }

  idOf(panel: NotebookPanel): string | null {
    return [...this.panels].find(([, other]) => other === panel)?.[0] ?? null;
  }

  /** The notebook in which an element is shown; null if it is in none. */
  showing(element: Element): string | null {
    // A cell that is scrolled far away is taken out of the page, with everything in it.
    const shows = (panel: NotebookPanel): boolean =>
      panel.node.contains(element) || panel.content.widgets.some((cell) => cell.node.contains(element));
    return [...this.panels].find(([, panel]) => shows(panel))?.[0] ?? null;
  }

  /** The local path of a notebook, as the server knows it. */
  pathOf(panel: NotebookPanel): string {
    return this.localPath(panel.context.path);
  }

  private add(panel: NotebookPanel): void {
    const documentId = uuid();
    this.panels.set(documentId, panel);
    const changed = (): void => this.notify();
    panel.context.pathChanged.connect(changed);
    panel.sessionContext.kernelChanged.connect(changed);
    panel.sessionContext.sessionChanged.connect(changed);
    panel.disposed.connect(() => {
      this.panels.delete(documentId);
      changed();
    });
    changed();
  }

  private notify(): void {
    this.listeners.forEach((listener) => listener());
  }
}
