/** Which approvals are open in a conversation. */
import type { InputRequest, Turn } from '../../core/state';
import { plainProse } from '../text/hidden';

/** Open approvals in the order in which they came. `previous` is given back when nothing changed. */
export function openApprovals(
  turns: readonly Turn[],
  previous: readonly InputRequest[] = [],
): readonly InputRequest[] {
  const open: InputRequest[] = [];
  for (const turn of turns) {
    if (turn.role !== 'assistant') continue;
    for (const part of turn.parts) {
      if (part.kind !== 'tool' || part.status !== 'waiting' || !part.request) continue;
      if (part.request.kind === 'approval' && part.request.outcome === null) open.push(part.request);
    }
  }
  const same = open.length === previous.length && open.every((request, index) => request === previous[index]);
  return same ? previous : open;
}

const RISKS: ReadonlyMap<string, string> = new Map([
  ['talk', 'Only talks'],
  ['read', 'Only reads'],
  ['edit', 'Changes the notebook'],
  ['run', 'Runs code in your kernel'],
  ['shell', 'Runs a command on the server'],
  ['files', 'Changes files'],
  ['outward', 'Reaches outside'],
]);

/** The risk in words; an unknown one keeps its name. */
export const riskWords = (risk: string): string => RISKS.get(risk) ?? `Risk: ${plainProse(risk).slice(0, 40)}`;

/** How long an answer is still taken, in words, or null when it is too late. */
export function timeLeft(expiresAt: number, now: number): string | null {
  const minutes = Math.ceil((expiresAt - now) / 60_000);
  if (minutes <= 0) return null;
  if (minutes === 1) return 'You can answer for less than a minute more.';
  if (minutes < 120) return `You can answer for ${minutes} more minutes.`;
  return `You can answer for ${Math.round(minutes / 60)} more hours.`;
}

/** The id of the element that shows the request. */
export const requestAnchor = (requestId: string): string => `ja-request-${requestId}`;
