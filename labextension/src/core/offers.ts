/** What the server offers to a chat, and which of it the person has chosen. */
import type { Preferences } from './chat';
import { pause, type Clock } from './clock';
import { answering } from './models';
import type { Transport } from './transport';
import type { Capabilities } from './wire';

/** What is needed to know it. */
export interface OffersOptions {
  readonly transport: Pick<Transport, 'capabilities'>;
  readonly clock: Clock;
  readonly preferences: Preferences;
  /** What is known already. */
  readonly capabilities?: Capabilities | null;
}

/** Promises: `changed` is called after each change, and what did not change keeps its identity. */
export class Offers {
  /** null until loaded. */
  capabilities: Capabilities | null;

  constructor(
    private readonly options: OffersOptions,
    private readonly changed: () => void,
  ) {
    this.capabilities = options.capabilities ?? null;
  }

  get mode(): string {
    const chosen = this.chosen('mode');
    const known = this.capabilities?.modes.some((mode) => mode.id === chosen) ?? true;
    return (known ? chosen : null) ?? this.capabilities?.mode ?? 'manual';
  }

  get model(): string {
    return this.capabilities === null ? (this.chosenModel ?? '') : answering(this.capabilities, this.chosenModel);
  }

  get chosenModel(): string | null {
    return this.chosen('model');
  }

  choose(name: 'model' | 'mode', value: string): void {
    this.options.preferences.set(name, { value, instead: this.capabilities?.[name] ?? '' });
    this.changed();
  }

  /** Asks until there is an answer, for as long as `wanted`. */
  async load(wanted: () => boolean): Promise<void> {
    for (let delay = 500; wanted(); delay = Math.min(15_000, delay * 2)) {
      if (await this.refresh()) {
        return;
      }
      await pause(this.options.clock, delay);
    }
  }

  /** Asks once; whether there was an answer. */
  async refresh(): Promise<boolean> {
    try {
      const offered = await this.options.transport.capabilities();
      // What is the same stays the same: nothing that is shown moves.
      if (JSON.stringify(offered) !== JSON.stringify(this.capabilities)) {
        this.capabilities = offered;
        this.forget();
        this.changed();
      }
      return true;
    } catch {
      // The connection says what is wrong. What was known before is still the best that is known.
      return false;
    }
  }

  /** What the person chose, unless something else is configured now than they chose it instead of. */
  private chosen(name: 'model' | 'mode'): string | null {
    const kept = this.options.preferences.get(name);
    const stands = this.capabilities === null || this.capabilities[name] === kept?.instead;
    return kept !== null && stands ? kept.value : null;
  }

  /** What does not count any more must not come back with an older configuration. */
  private forget(): void {
    for (const name of ['model', 'mode'] as const) {
      if (this.chosen(name) === null) {
        this.options.preferences.set(name, null);
      }
    }
  }
}
