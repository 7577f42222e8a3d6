/** A chat without a server: it shows the states it is given. For the demo page and for the tests of the view. */
import type { Chat } from '../src/core/chat';
import type { AssistantTurn, ChatState, Connection, InputRequest, Part, ToolPart, Turn } from '../src/core/state';
import { answering } from '../src/core/models';
import type { Capabilities, ModelChoice, ProviderChoice, ThreadSummary } from '../src/core/wire';
import type { ViewEnvironment } from '../src/view';

const BUILT_IN: ModelChoice = {
  id: 'builtin',
  label: 'Built-in assistant',
  description: 'Rules, no language model. Needs no key and no network.',
  available: true,
  howTo: '',
  provider: 'builtin',
  sends: null,
  address: null,
  images: false,
  group: 'Built in',
};

const MODES = [
  { id: 'manual', label: 'Ask first', description: 'Reads freely. Asks before every change and every run.' },
  { id: 'plan', label: 'Plan', description: 'Only reads and proposes. Changes nothing, runs nothing.' },
];

const provider = (id: string, label: string, sends: string | null, howTo = ''): ProviderChoice => ({
  id,
  label,
  sends,
  address: null,
  example: '',
  available: howTo === '',
  howTo,
});

const local = (id: string, label: string, address: string): ProviderChoice => ({ ...provider(id, label, null), address });

/** The same as on a machine where nothing is set up. */
export const CAPABILITIES: Capabilities = {
  model: 'builtin',
  models: [BUILT_IN],
  providers: [
    provider('openai', 'OpenAI', 'api.openai.com', 'Set OPENAI_API_KEY in the environment of the Jupyter server and restart it.'),
    provider('anthropic', 'Anthropic', 'api.anthropic.com', 'Install its library with pip install "jupyter-agent[anthropic]" and restart the server.'),
  ],
  mode: 'manual',
  modes: MODES,
  warnings: [],
};

const model = (name: string, { id, label, sends, address }: ProviderChoice, images = true): ModelChoice => ({
  id: `${id}:${name}`,
  label: name,
  description: '',
  available: true,
  howTo: '',
  provider: id,
  sends,
  address,
  images,
  group: label,
});

const OPENAI = provider('openai', 'OpenAI', 'api.openai.com');
const OLLAMA = local('ollama', 'Ollama', '127.0.0.1:11434');

/** A machine on which a key was found and a local server runs. */
export const FOUND: Capabilities = {
  ...CAPABILITIES,
  models: [BUILT_IN, model('gpt-6.1-sol', OPENAI), model('gpt-6-luna', OPENAI), model('qwen4:14b', OLLAMA, false)],
  providers: [OPENAI, CAPABILITIES.providers[1]!, OLLAMA, local('vllm', 'vLLM', '127.0.0.1:8000')],
};

/** The same with a key of a provider whose models nobody suggests, and a gateway on this machine. */
export const UNLISTED: Capabilities = {
  ...FOUND,
  providers: [
    ...FOUND.providers,
    provider('openai-chat', 'OpenAI (Chat Completions)', 'api.openai.com'),
    { ...provider('openrouter', 'OpenRouter', 'openrouter.ai'), example: 'openai/gpt-6-luna' },
    local('gateway', 'Gateway', '127.0.0.1:4000'),
  ],
};

/** A server whose configured model does not exist. */
export const MISTAKEN: Capabilities = {
  ...CAPABILITIES,
  model: 'foo:bar',
  warnings: ["There is no provider for the configured model 'foo:bar', so it cannot answer."],
};

/** What a person did, in order, such as `send Hello`. */
export type Deed = readonly [verb: string, ...details: unknown[]];

export class ScriptedChat implements Chat {
  connection: Connection = { status: 'live', detail: null };
  capabilities: Capabilities | null = CAPABILITIES;
  chosenModel: string | null = null;
  mode = 'manual';
  readonly deeds: Deed[] = [];
  /** Called after each deed; a demo goes on with its script here. */
  onDeed: (deed: Deed) => void = () => undefined;
  private readonly listeners = new Set<() => void>();

  constructor(public state: ChatState) {}

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Shows something else from now on. */
  show(change: Partial<ChatState>): void {
    this.state = { ...this.state, ...change };
    this.notify();
  }

  notify(): void {
    for (const listener of [...this.listeners]) listener();
  }

  get model(): string {
    return this.capabilities === null ? 'builtin' : answering(this.capabilities, this.chosenModel);
  }

  send = (text: string, images: readonly Blob[] = []): Promise<void> =>
    this.did('send', text, ...(images.length === 0 ? [] : [images]));
  refresh = (): Promise<void> => this.did('refresh');
  /** There are none, unless a test says otherwise. */
  image: Chat['image'] = () => Promise.resolve(null);
  retry = (runId: string): Promise<void> => this.did('retry', runId);
  stop = (): Promise<void> => this.did('stop');
  reply = (request: InputRequest, text: string): Promise<void> => this.did('reply', request.requestId, text);
  answer: Chat['answer'] = (request, decision, options) =>
    this.did('answer', request.requestId, decision, ...(options?.reason === undefined ? [] : [options.reason]));

  setMode(mode: string): void {
    this.mode = mode;
    void this.did('mode', mode);
    this.notify();
  }

  setModel(model: string): void {
    this.chosenModel = model;
    void this.did('model', model);
    this.notify();
  }

  private async did(...deed: Deed): Promise<void> {
    this.deeds.push(deed);
    await Promise.resolve();
    this.onDeed(deed);
  }
}

export const emptyState: ChatState = {
  threadId: 'thread-1',
  title: null,
  turns: [],
  activeRun: null,
  seq: 0,
  settled: {},
  notice: null,
};

export const question = (text: string, runId = 'run-1', images: readonly string[] = []): Turn => ({
  role: 'user',
  id: `message-${runId}`,
  text,
  images,
  runId,
  delivery: 'sent',
});

export const answer = (parts: readonly Part[], change: Partial<AssistantTurn> = {}): AssistantTurn => ({
  role: 'assistant',
  runId: 'run-1',
  parts,
  status: 'finished',
  error: null,
  model: 'builtin',
  waiting: null,
  spent: null,
  ...change,
});

export const text = (words: string, open = false, id = 'text-1'): Part => ({ kind: 'text', id, text: words, open });

export const tool = (change: Partial<ToolPart> = {}): ToolPart => ({
  kind: 'tool',
  id: 'call-1',
  name: 'read_notebook',
  arguments: '{}',
  status: 'done',
  request: null,
  progress: [],
  result: null,
  summary: null,
  ...change,
});

export const request = (
  exact: Partial<InputRequest['exact']> = {},
  change: Partial<InputRequest> = {},
): InputRequest => ({
  requestId: 'request-1',
  runId: 'run-1',
  threadId: 'thread-1',
  kind: 'approval',
  toolCallId: 'call-1',
  exact: {
    tool: 'insert_cell',
    title: 'Insert a cell after cell 3 and run it',
    arguments: {},
    code: 'penguins.describe()',
    language: 'python',
    before: null,
    target: { documentId: 'document-1', path: 'work/penguins.ipynb', cellId: 'f3a91c07-1d2e' },
    ...exact,
  },
  hash: 'sha256:0',
  risk: 'run',
  expiresAt: Date.now() + 9.5 * 60_000,
  outcome: null,
  again: false,
  ...change,
});

const HOUR = 3_600_000;

export const threadList = (now: number): ThreadSummary[] => [
  { threadId: 'thread-1', title: 'Body mass by species', notebook: 'work/penguins.ipynb', updatedAt: now - 60_000, preview: '', running: null },
  { threadId: 'thread-2', title: 'Why does the merge lose rows?', notebook: 'sales/merge.ipynb', updatedAt: now - 3 * HOUR, preview: '', running: 'run-9' },
  { threadId: 'thread-3', title: null, notebook: null, updatedAt: now - 30 * HOUR, preview: 'What variables are there?', running: null },
];

/** As the server finds them: every word somewhere. Here only titles and beginnings are known. */
const isFound = (thread: ThreadSummary, query: string): boolean =>
  query.toLowerCase().split(/\s+/).every((word) => `${thread.title ?? ''} ${thread.preview}`.toLowerCase().includes(word));

/** An environment that records what was asked of it. */
export function scriptedEnvironment(change: Partial<ViewEnvironment> = {}): ViewEnvironment & { readonly deeds: Deed[] } {
  const deeds: Deed[] = [];
  const did = async (...deed: Deed): Promise<void> => {
    deeds.push(deed);
    await Promise.resolve();
  };
  return {
    deeds,
    notebook: {
      insertBelow: (code) => did('insert', code),
      replaceActive: (code) => did('replace', code),
      run: (code) => did('run', code),
    },
    threads: {
      list: (query = '') => Promise.resolve(threadList(Date.now()).filter((thread) => isFound(thread, query))),
      open: (threadId) => void did('open', threadId),
      create: () => void did('create'),
      rename: (threadId, title) => did('rename', threadId, title),
      remove: (threadId) => did('remove', threadId),
    },
    context: { subscribe: () => () => undefined, get: () => ({ label: 'penguins.ipynb' }) },
    ...change,
  };
}
