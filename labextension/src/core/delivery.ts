/** Getting one message to the server: repeated while the network is to blame, never when the server has refused. */
import { pause, type Clock } from './clock';
import { Problem } from './problem';
import type { Connection } from './state';
import type { Transport } from './transport';
import type { RunInput } from './wire';

/** What a delivery needs. */
export interface DeliveryOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** The page must be known before a run starts, or its first events and actions would find nobody. */
  readonly ready: () => Promise<void>;
  readonly connection: () => Connection;
}

const RETRIES = [500, 1_000, 2_000, 4_000];
const READY_TIMEOUT = 10_000;
const UNREACHABLE = 'The server could not be reached. Your question is kept here: press Retry to send it.';

/** Promises: the server starts at most one run, however often a message is delivered: each time under the same id. */
export class Delivery {
  constructor(private readonly options: DeliveryOptions) {}

  /** null when the server has accepted it, else why not, in words. */
  async deliver(body: RunInput): Promise<string | null> {
    for (const delay of [...RETRIES, null]) {
      try {
        await this.reachable();
        await this.options.transport.send(body);
        return null;
      } catch (error) {
        if (error instanceof Problem && error.status < 500) {
          return error.message;
        }
        if (delay === null) {
          return error instanceof Problem ? error.message : UNREACHABLE;
        }
        await pause(this.options.clock, delay);
      }
    }
    return UNREACHABLE;
  }

  private async reachable(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = this.options.clock.after(READY_TIMEOUT, () => {
        const { status, detail } = this.options.connection();
        reject(status === 'refused' && detail !== null ? new Problem(403, 'refused', detail) : new Error(UNREACHABLE));
      });
      this.options.ready().then(resolve, reject).finally(() => timer.cancel());
    });
  }
}
