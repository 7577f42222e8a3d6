/** Files that are dragged onto a part of the page. */
import * as React from 'react';

interface Drop {
  /** Whether files hang over it. */
  readonly over: boolean;
  readonly handlers: Pick<React.DOMAttributes<HTMLElement>, 'onDragOver' | 'onDragLeave' | 'onDrop'>;
}

/** Takes files that are dropped, which a browser would else open in place of the page. Other drags are left alone. */
export function useDrop(take: (files: readonly File[]) => void): Drop {
  const [over, setOver] = React.useState(false);
  const holdsFiles = (event: React.DragEvent): boolean => event.dataTransfer.types.includes('Files');
  return {
    over,
    handlers: {
      onDragOver: (event) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = 'copy';
        setOver(true);
      },
      onDragLeave: (event) => {
        const next = event.relatedTarget;
        if (!(next instanceof Node) || !event.currentTarget.contains(next)) setOver(false);
      },
      onDrop: (event) => {
        setOver(false);
        if (!holdsFiles(event)) return;
        event.preventDefault();
        take([...event.dataTransfer.files]);
      },
    },
  };
}
