/** Whether the log follows its newest line: yes until the reader scrolls up, and again from the end on. */

/** Where a scrolling box stands, in pixels. */
export interface Scroll {
  readonly top: number;
  readonly height: number;
  readonly view: number;
}

/** Within this distance of the end the reader is at the end. */
const NEAR = 32;

/** How far the box is from its end. */
export const distance = (scroll: Scroll): number => scroll.height - scroll.view - scroll.top;

/**
 * The decision, apart from any element. Only going up lets go: content that grows, shrinks or moves also fires scroll
 * events, and none of these is a wish of the reader.
 */
export class Follow {
  private before: Scroll = { top: 0, height: 0, view: 0 };
  /** Whether new content scrolls into view by itself. */
  following = true;

  /** The box was scrolled, by anyone. Returns whether it follows now. */
  scrolled(now: Scroll): boolean {
    const before = this.before;
    this.before = now;
    if (distance(now) <= NEAR) this.following = true;
    else if (now.top < before.top - 1 && now.height >= before.height && now.view === before.view) this.following = false;
    return this.following;
  }

  /** The box was put somewhere by us: no wish of the reader either. */
  moved(now: Scroll): void {
    this.before = now;
  }

  /** The reader asked for the newest line. */
  resume(): void {
    this.following = true;
  }
}
