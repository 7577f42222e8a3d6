/** Names of tools, and how their calls stand, in plain words. */
import type { ToolPart, ToolStatus } from '../../core/state';
import { plainProse } from '../text/hidden';

/** What a call does: while it goes on, once it is done, and where it never came to that. */
const WORDS: ReadonlyMap<string, readonly [doing: string, done: string, plain: string]> = new Map([
  ['read_notebook', ['Reading the notebook', 'Read the notebook', 'Read the notebook']],
  ['read_cells', ['Reading cells', 'Read cells', 'Read cells']],
  ['read_cell', ['Reading a cell', 'Read a cell', 'Read a cell']],
  ['insert_cell', ['Inserting a cell', 'Inserted a cell', 'Insert a cell']],
  ['replace_cell', ['Changing a cell', 'Changed a cell', 'Change a cell']],
  ['edit_cell', ['Changing a cell', 'Changed a cell', 'Change a cell']],
  ['delete_cell', ['Deleting a cell', 'Deleted a cell', 'Delete a cell']],
  ['run_cell', ['Running a cell', 'Ran a cell', 'Run a cell']],
  ['insert_and_run_cell', ['Inserting and running a cell', 'Inserted and ran a cell', 'Insert and run a cell']],
  ['list_variables', ['Looking at the variables', 'Looked at the variables', 'Look at the variables']],
  ['describe_variable', ['Looking at a variable', 'Looked at a variable', 'Look at a variable']],
  ['inspect_variable', ['Looking at a variable', 'Looked at a variable', 'Look at a variable']],
  ['interrupt_kernel', ['Interrupting the kernel', 'Interrupted the kernel', 'Interrupt the kernel']],
]);

const NAME_LIMIT = 60;

/** The call in plain words. When a person was asked, it is the very sentence that was asked. */
export function titleOf(part: ToolPart): string {
  if (part.request) return plainProse(part.request.exact.title);
  const words = WORDS.get(part.name);
  if (words) {
    const [doing, done, plain] = words;
    if (part.status === 'done') return done;
    return part.status === 'calling' || part.status === 'running' ? doing : plain;
  }
  // Names of foreign tools come from foreign servers: text, short, and never more than that.
  const plain = plainProse(part.name)
    .replace(/^mcp__(.+?)__/, '$1: ')
    .replace(/[_\s-]+/g, ' ')
    .trim()
    .slice(0, NAME_LIMIT);
  return plain === '' ? 'A tool' : plain.charAt(0).toUpperCase() + plain.slice(1);
}

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
  return STATUS[part.status];
}

/** What the person decided about it, as a sentence, or null when nobody was asked or has answered. */
export function decisionOf(part: ToolPart): string | null {
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
