/** Keeps a mistake in drawing one thing from emptying the whole panel. */
import * as React from 'react';

interface Properties {
  /** Named in the message: "this answer". */
  readonly what: string;
  readonly children: React.ReactNode;
}

/** Draws its children, or words when they cannot be drawn. */
export class Boundary extends React.Component<Properties, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override componentDidCatch(error: unknown): void {
    console.error('jupyter-agent could not draw', this.props.what, error);
  }

  override render(): React.ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <p className="ja-TurnEnd ja-is-bad" role="alert">
        {`A mistake of ours keeps ${this.props.what} from being shown. The text itself is safe on the server; reloading the page may help.`}
      </p>
    );
  }
}
