/**
 * What the server asks this page to do: carried out at most once, and only when it is asked now.
 *
 * A frame of history is never a command. If it names this page, the server may not know how the action ended: it hears
 * the remembered result again, or "missed" for an action that never arrived live.
 */
import { pause, type Clock } from './clock';
import { Problem } from './problem';
import type { Transport } from './transport';
import type { ActionRequest, ActionResult } from './wire';

/** Carries out one action on this page. Must not reject; if it does, the action has failed. */
export interface ActionHost {
  perform(action: ActionRequest): Promise<ActionResult>;
}

const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;

/** Promises: `perform` is called at most once per action id; its result is reported until the server has it. */
export class ActionDesk {
  /** Results by action id; null once the server has it (the id must stay known for as long as the page lives). */
  private readonly seen = new Map<string, Promise<ActionResult> | null>();

  constructor(
    private readonly host: ActionHost,
    private readonly transport: Transport,
    private readonly clock: Clock,
  ) {}

  /** One action frame that names this page. */
  async take(action: ActionRequest, live: boolean): Promise<void> {
    if (this.seen.has(action.actionId)) {
      // Still under way, on its way to the server, or there: whoever took it first sees to it.
      return;
    }
    const result = live ? this.perform(action) : Promise.resolve<ActionResult>({ outcome: 'missed' });
    this.seen.set(action.actionId, result);
    await this.report(action.actionId, await result);
    this.seen.set(action.actionId, null);
  }

  private async perform(action: ActionRequest): Promise<ActionResult> {
    try {
      return await this.host.perform(action);
    } catch (error) {
      console.error('jupyter-agent: an action failed', error);
      return { outcome: 'failed', reason: 'internal' };
    }
  }

  /** Until the server has it. Any 4xx that is not about signing in or load is final: asking again changes nothing. */
  private async report(actionId: string, result: ActionResult): Promise<void> {
    for (let delay = FIRST_DELAY; ; delay = Math.min(LONGEST_DELAY, delay * 2)) {
      try {
        await this.transport.actionResult(actionId, result);
        return;
      } catch (error) {
        if (error instanceof Problem && UNREADABLE.has(error.status) && result.outcome !== 'failed') {
          // The server waits for an end of this action, and can at least be told that there was one.
          const reason = `its report was not accepted: ${error.message}`;
          await this.report(actionId, { outcome: 'failed', reason });
          return;
        }
        if (error instanceof Problem && FINAL.has(error.status)) {
          return;
        }
      }
      await pause(this.clock, delay);
    }
  }
}

const UNREADABLE: ReadonlySet<number> = new Set([400, 413]);
const FINAL: ReadonlySet<number> = new Set([400, 404, 409, 413]);
