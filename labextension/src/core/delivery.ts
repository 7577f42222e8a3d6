/** Getting one message to the server: repeated while the network is to blame, never when the server has refused. */
import { pause, type Clock } from './clock';
import { Problem } from './problem';
import type { Connection } from './state';
import type { RunInput } from './wire';

/** What a delivery needs. */
export interface DeliveryOptions {
  /** Rejects as a transport does. The same message may be sent again and again. */
  readonly send: (body: RunInput) => Promise<void>;
  readonly clock: Clock;
  /** The page must be known before a run starts, or its first events and actions would find nobody. */
  readonly ready: () => Promise<void>;
  readonly connection: () => Connection;
}

const RETRIES = [500, 1_000, 2_000, 4_000];
const READY_TIMEOUT = 10_000;

const unreachable = (): Problem =>
  // Not a refusal, but nobody's answer: a status that is worth another attempt.
  new Problem(503, 'unreachable', 'The server could not be reached. Your question is kept here: press Retry to send it.');

/** Promises: the server starts at most one run, however often a message is delivered: each time under the same id. */
export class Delivery {
  constructor(private readonly options: DeliveryOptions) {}

  /** null when the server has accepted it, else why not. */
  async deliver(body: RunInput): Promise<Problem | null> {
    for (const delay of [...RETRIES, null]) {
      try {
        await this.reachable();
        await this.options.send(body);
        return null;
      } catch (error) {
        if (error instanceof Problem && (error.lasting || error.status < 500)) {
          return error;
        }
        if (delay === null) {
          return error instanceof Problem ? error : unreachable();
        }
        await pause(this.options.clock, delay);
      }
    }
    return unreachable();
  }

  private async reachable(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = this.options.clock.after(READY_TIMEOUT, () => {
        const { status, detail } = this.options.connection();
        reject(status === 'refused' && detail !== null ? new Problem(403, 'refused', detail) : unreachable());
      });
      this.options.ready().then(resolve, reject).finally(() => timer.cancel());
    });
  }
}
