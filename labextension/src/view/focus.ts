/** For the place that the view is shown in: it brings the person there, but does not know what is inside. */

/** Puts the cursor where the next message is written, if a view is drawn inside `host`. */
export function focusComposer(host: ParentNode): void {
  host.querySelector<HTMLElement>('.ja-Composer-field')?.focus();
}
