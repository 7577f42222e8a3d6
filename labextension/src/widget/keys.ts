/** Keys that are pressed in the widget are meant for it: the notebook around it must not take them for commands. */

/** What a person still expects of the page while they write, as `event.code`. */
const OF_THE_PAGE: ReadonlySet<string> = new Set(['KeyS', 'Shift+KeyC', 'Shift+Digit1']);

/** Whether a key goes on to the page: saving, the command palette, the assistant's panel. */
export function belongsToPage(event: Pick<KeyboardEvent, 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'code'>): boolean {
  const accelerated = (event.ctrlKey || event.metaKey) && !event.altKey;
  return accelerated && OF_THE_PAGE.has(`${event.shiftKey ? 'Shift+' : ''}${event.code}`);
}
