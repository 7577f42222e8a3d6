/** The notebook that shows the widget: found through the page's bridge, if the assistant's extension is loaded there. */
import type { MessageContext } from '../core/wire';
import { findBridge } from '../view/bridge';
import type { CodeActions, QuestionContext } from '../view/environment';

/** Why there is no notebook that the assistant could work in. */
export const NO_EXTENSION =
  "It cannot see or change cells here: the assistant's extension is not loaded in this page. Enable it and reload.";
export const NO_NOTEBOOK = 'It cannot see or change cells here: this output is not part of an open notebook.';

/** Promises: asked anew each time, since notebooks are closed and renamed, and outputs are shown in more than one place. */
export class Place {
  /** `elements`: wherever the widget is shown at the moment. */
  constructor(private readonly elements: () => Iterable<Element>) {}

  /** null while everything is as it should be, else why cells are out of reach. */
  get lack(): string | null {
    return findBridge() === null ? NO_EXTENSION : this.documentId === null ? NO_NOTEBOOK : null;
  }

  context(): MessageContext {
    const { documentId } = this;
    return documentId === null ? {} : (findBridge()?.contextOf(documentId) ?? {});
  }

  get code(): CodeActions | null {
    const { documentId } = this;
    return documentId === null ? null : (findBridge()?.codeActions(documentId) ?? null);
  }

  /** A run without a notebook needs no page. */
  async ready(): Promise<void> {
    if (this.documentId !== null) {
      await findBridge()?.ready();
    }
  }

  readonly question: QuestionContext = {
    subscribe: (listener) => findBridge()?.subscribe(listener) ?? (() => undefined),
    get: () => {
      const { documentId } = this;
      const label = documentId === null ? null : (findBridge()?.nameOf(documentId) ?? null);
      return label === null ? null : { label };
    },
  };

  private get documentId(): string | null {
    const bridge = findBridge();
    for (const element of this.elements()) {
      const found = bridge?.documentOf(element) ?? null;
      if (found !== null) {
        return found;
      }
    }
    return null;
  }
}
