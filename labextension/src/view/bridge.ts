/** What the assistant's extension of JupyterLab offers to the assistant's widgets in the same page. */
import type { MessageContext } from '../core/wire';
import type { CodeActions, ViewEnvironment } from './environment';

/** Grows when a widget that was made for an older bridge could not use it any more. */
export const BRIDGE_VERSION = 1;

/** Where it is, on `globalThis`: the extension and the widget are two bundles that can only meet there. */
const BRIDGE = Symbol.for('jupyter-agent.bridge');

/** Promises: what is done through it is done to the notebook that is named, whichever one is in front. */
export interface Bridge extends Pick<ViewEnvironment, 'highlight'> {
  readonly version: number;
  /** The open notebook in which an element is shown; null if it is in none. */
  documentOf(element: Element): string | null;
  /** Where a message from that notebook comes from: its page carries out what the run does. */
  contextOf(documentId: string): MessageContext;
  /** The notebook's name; null if it is closed. */
  nameOf(documentId: string): string | null;
  /** What the buttons on a block of code do in that notebook. */
  codeActions(documentId: string): CodeActions;
  /** Tells that a notebook was opened, closed or renamed. */
  subscribe(listener: () => void): () => void;
  /** Tells of every run of this person that begins, wherever it was started. */
  onRun(listener: (threadId: string, runId: string) => void): () => void;
  /** Resolves when the server can reach this page. */
  ready(): Promise<void>;
}

/** Lets the widgets of this page find the bridge. */
export function offerBridge(bridge: Bridge): void {
  (globalThis as Record<symbol, unknown>)[BRIDGE] = bridge;
}

/** The bridge of this page, if its extension is loaded and speaks the same version. */
export function findBridge(): Bridge | null {
  const found = (globalThis as Record<symbol, unknown>)[BRIDGE] as Bridge | undefined;
  return found?.version === BRIDGE_VERSION ? found : null;
}
