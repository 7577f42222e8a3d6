/** Time as a port: what waits, waits on a Clock, so that tests turn it by hand. */

/** Something that can be called off. */
export interface Timer {
  cancel(): void;
}

/** Promises: `after` runs its function once, not before `milliseconds` have passed, unless it is called off. */
export interface Clock {
  /** Milliseconds on a line that only grows. */
  now(): number;
  after(milliseconds: number, run: () => void): Timer;
}

/** The clock of the browser, or of Node. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (milliseconds, run) => {
    const handle = setTimeout(run, milliseconds);
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Resolves when `milliseconds` have passed on `clock`. */
export const pause = (clock: Clock, milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(milliseconds, resolve);
  });

/** A clock that stands still until `advance` is called. */
export class ManualClock implements Clock {
  private time = 0;
  private waiting: { readonly at: number; readonly run: () => void }[] = [];

  now(): number {
    return this.time;
  }

  after(milliseconds: number, run: () => void): Timer {
    const entry = { at: this.time + milliseconds, run };
    this.waiting.push(entry);
    return {
      cancel: () => {
        this.waiting = this.waiting.filter((other) => other !== entry);
      },
    };
  }

  /** How many timers have not gone off. */
  get pending(): number {
    return this.waiting.length;
  }

  /** Moves time on and runs what is due, in order; lets promises settle before, between and after. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    await settle();
    for (;;) {
      const due = this.waiting.filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) {
        break;
      }
      this.waiting = this.waiting.filter((other) => other !== due);
      this.time = Math.max(this.time, due.at);
      due.run();
      await settle();
    }
    this.time = end;
    await settle();
  }
}

/** Lets every promise that can settle do so. 50 turns are more than any chain of ours is long. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) {
    await Promise.resolve();
  }
}
