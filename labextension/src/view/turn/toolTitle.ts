/** What a call does, in plain words: its card's title. */
import { asList, asObject, asText, type JsonObject } from '../../core/json';
import type { ToolPart } from '../../core/state';
import { plainProse } from '../text/hidden';

/** While it goes on, once it is done, and where it never came to that. */
type Words = readonly [doing: string, done: string, plain: string];

const TITLES: ReadonlyMap<string, (given: JsonObject) => Words> = new Map([
  ['read_notebook', () => ['Reading the notebook', 'Read the notebook', 'Read the notebook']],
  ['read_cells', (given) => reading(asList(given['cell_ids']).length)],
  ['read_cell', () => reading(1)],
  ['insert_cell', (given) => inserting(given['cell_type'] === 'markdown' ? 'a text cell' : 'a cell', runs(given))],
  ['insert_and_run_cell', () => inserting('a cell', true)],
  ['replace_cell', (given) => changing(runs(given))],
  ['edit_cell', (given) => changing(runs(given))],
  ['delete_cell', () => ['Deleting a cell', 'Deleted a cell', 'Delete a cell']],
  ['run_cell', () => ['Running a cell', 'Ran a cell', 'Run a cell']],
  ['list_variables', () => looking('the variables')],
  ['describe_variable', (given) => looking(variable(given))],
  ['inspect_variable', (given) => looking(variable(given))],
  ['interrupt_kernel', () => ['Interrupting the kernel', 'Interrupted the kernel', 'Interrupt the kernel']],
] as const);

const NAME_LIMIT = 60;

/**
 * The call in plain words. While a person is asked, and until it has ended, it is the very sentence that was asked; once
 * it has ended it follows from the call alone, because that is all that is left of it after a reload.
 */
export function titleOf(part: ToolPart): string {
  const open = part.status === 'waiting' || part.status === 'running';
  if (part.request && (open || part.request.kind === 'question')) return plainProse(part.request.exact.title);
  const words = TITLES.get(part.name)?.(given(part.arguments));
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

const inserting = (what: string, run: boolean): Words =>
  run
    ? [`Inserting ${what} and running it`, `Inserted ${what} and ran it`, `Insert ${what} and run it`]
    : [`Inserting ${what}`, `Inserted ${what}`, `Insert ${what}`];

const changing = (run: boolean): Words =>
  run
    ? ['Changing a cell and running it', 'Changed a cell and ran it', 'Change a cell and run it']
    : ['Changing a cell', 'Changed a cell', 'Change a cell'];

const looking = (at: string): Words => [`Looking at ${at}`, `Looked at ${at}`, `Look at ${at}`];

function reading(count: number): Words {
  const what = count === 1 ? 'a cell' : count > 1 ? `${count} cells` : 'cells';
  return [`Reading ${what}`, `Read ${what}`, `Read ${what}`];
}

const runs = (given: JsonObject): boolean => given['run'] === true;

/** The variable's name where it looks like one: the title is our sentence, and a model must not write the rest of it. */
function variable(given: JsonObject): string {
  const name = asText(given['name']) ?? '';
  return name.length <= NAME_LIMIT && /^[\p{L}_][\p{L}\p{N}_.]*$/u.test(name) ? name : 'a variable';
}

/** What the tool was given; nothing while it still arrives. */
function given(json: string): JsonObject {
  try {
    return asObject(JSON.parse(json));
  } catch {
    return {};
  }
}
