/** How calls of tools stand, in plain words. */
import type { ToolPart, ToolStatus } from '../../core/state';
import { plainProse } from '../text/hidden';
import { titleOf } from './toolTitle';

const STATUS: Readonly<Record<ToolStatus, string>> = {
  calling: 'Preparing',
  waiting: 'Waiting for you',
  running: 'Running',
  done: 'Done',
  denied: 'Not allowed',
  failed: 'Failed',
  stopped: 'Stopped',
};

/** How the call stands, in one or two words. */
export function statusWord(part: ToolPart): string {
  const outcome = part.request?.outcome;
  if (part.status === 'waiting' || part.status === 'denied' || part.status === 'stopped') {
    if (outcome === 'expired') return 'Expired';
    if (outcome === 'withdrawn') return 'Withdrawn';
  }
  if (part.status === 'waiting' && part.request === null) return 'Waiting';
  if (part.status === 'waiting' && part.request?.kind === 'tool') return 'Waiting for the application';
  return STATUS[part.status];
}

/** What the person decided about it, as a sentence, or null when nobody was asked or has answered. */
export function decisionOf(part: ToolPart): string | null {
  if (part.request?.kind === 'tool') return null;
  switch (part.request?.outcome) {
    case 'approved':
      return 'You allowed this.';
    case 'edited':
      return 'You allowed this with changes.';
    case 'denied':
      return 'You did not allow this.';
    case 'answered':
      return 'You answered.';
    case 'expired':
      return 'Nobody answered in time, so nothing was done.';
    case 'withdrawn':
      return 'The request was withdrawn before you answered.';
    default:
      return null;
  }
}

const SUMMARY_LIMIT = 300;

/** How it ended, as a sentence below the title; null where the title says it all. Never what the model was told. */
export function summaryOf(part: ToolPart): string | null {
  const words = plainProse(part.summary ?? '').replace(/\s+/g, ' ').trim();
  const said = words.length > SUMMARY_LIMIT ? `${words.slice(0, SUMMARY_LIMIT)}…` : words;
  switch (part.status) {
    case 'failed':
      if (said !== '') return said;
      return part.result?.trim() ? 'It did not work. Details inside.' : 'It did not work.';
    case 'done':
    case 'denied':
    case 'stopped':
      return said === '' || bare(said) === bare(titleOf(part)) ? null : said;
    default:
      return null;
  }
}

const bare = (words: string): string => words.replace(/[.\s]+$/, '').toLowerCase();
