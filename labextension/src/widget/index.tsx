/** The anywidget: what a notebook loads for `jupyter_agent.chat()`. */
import * as React from 'react';
import { createRoot } from 'react-dom/client';
import { Session, type Model } from './session';
import { Widget } from './Widget';

/** What anywidget gives to each place that shows the widget. */
export interface Shown {
  readonly model: Model;
  readonly el: HTMLElement;
}

/** anywidget calls this once for each widget, and `render` once for each place in which it is shown. */
export default function chat(begin = (model: Model) => new Session(model)): { render(shown: Shown): () => void } {
  let session: Session | null = null;
  return {
    render({ model, el }) {
      session ??= begin(model);
      const shown = session;
      const root = createRoot(el);
      const draw = (): void => root.render(<Widget session={shown} height={heightOf(model)} />);
      draw();
      model.on('change:height', draw);
      const leave = shown.show(el);
      return () => {
        model.off('change:height', draw);
        leave();
        root.unmount();
      };
    },
  };
}

function heightOf(model: Model): string {
  const height = model.get('height');
  return typeof height === 'string' ? height : '';
}
