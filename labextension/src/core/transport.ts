/** How the core reaches a server: the verbs of the house as a port, and their form over HTTP and EventSource. */
import { asList, asNumber, asObject, asText, isObject, type JsonObject } from './json';
import { readSpent } from './content';
import { readRequest } from './custom';
import { readCapabilities } from './models';
import { problemOf } from './problem';
import type {
  ActionResult,
  Capabilities,
  InputAnswer,
  PageRegistration,
  RunInput,
  RunSummary,
  ThreadDocument,
  ThreadSummary,
} from './wire';

/** What one open line tells. After `lost` it says nothing more. */
export interface LineHandlers {
  /** One frame: its id ('' if none was ever sent on this line) and its text. */
  frame(id: string, data: string): void;
  beat(): void;
  lost(): void;
}

/** An open line. */
export interface Line {
  close(): void;
}

/**
 * Promises: each verb is one request; a refusal of the server rejects with a `Problem`, anything else that rejects is the
 * network. Nothing is repeated by itself.
 */
export interface Transport {
  /** Starts a run. Idempotent on `runId` with the same body. */
  send(run: RunInput): Promise<void>;
  /** Opens the client's stream after `seq`, or at the present. It does not come back by itself. */
  follow(clientId: string, after: number | null, handlers: LineHandlers): Line;
  /** Opens the stream of one run after `seq`, or from its start. It does not come back by itself. */
  followRun(runId: string, after: number | null, handlers: LineHandlers): Line;
  /** How far a run is. */
  readRun(runId: string): Promise<RunSummary>;
  /** Answers an open request. Resolves with the run that goes on: another one, where a restart had ended the first. */
  answer(runId: string, answer: InputAnswer): Promise<string>;
  /** Stops a run; resolves when its last event is written. */
  cancel(runId: string): Promise<void>;
  listThreads(query?: { readonly q?: string; readonly notebook?: string; readonly limit?: number }): Promise<ThreadSummary[]>;
  readThread(threadId: string): Promise<ThreadDocument>;
  renameThread(threadId: string, title: string): Promise<void>;
  removeThread(threadId: string): Promise<void>;
  registerPage(pageId: string, registration: PageRegistration): Promise<void>;
  /** Says good-bye in a way that outlives the page. */
  leavePage(pageId: string): Promise<void>;
  actionResult(actionId: string, result: ActionResult): Promise<void>;
  capabilities(): Promise<Capabilities>;
  /** Gives a file to a thread; it goes with it. Resolves with the id of its blob. */
  upload(threadId: string, file: Blob): Promise<string>;
  readBlob(blobId: string): Promise<Blob>;
}

/** The part of the browser's EventSource that we use. */
export interface EventSourceLike {
  onmessage: ((event: MessageEvent<string>) => void) | null;
  onerror: ((event: Event) => void) | null;
  addEventListener(type: 'beat', listener: () => void): void;
  close(): void;
}

/** What `HttpTransport` needs from where it runs. */
export interface HttpOptions {
  /** Where the contract's paths begin, with a slash at the end. */
  readonly baseUrl: string;
  /** Like the browser's `fetch`; adds credentials and whatever guards against forged requests. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly openEventSource: (url: string) => EventSourceLike;
  /** Parameters that an EventSource needs in its URL, because it cannot send headers. */
  readonly streamParameters?: () => Readonly<Record<string, string>>;
}

/** The value of the `_xsrf` cookie, or null. A hub asks for it on cookie-authenticated streams. */
export function xsrfCookie(cookies: string): string | null {
  // Of several the last one counts: so does the server's parser.
  const values = cookies.split(';').flatMap((part) => {
    const [name, ...value] = part.trim().split('=');
    return name === '_xsrf' ? [value.join('=')] : [];
  });
  return values.at(-1) ?? null;
}

/** The contract over HTTP, with the browser's EventSource. */
export class HttpTransport implements Transport {
  constructor(private readonly options: HttpOptions) {}

  async send(run: RunInput): Promise<void> {
    await this.request('POST', 'runs', run);
  }

  follow(clientId: string, after: number | null, handlers: LineHandlers): Line {
    return this.open('events', { client: clientId }, after, handlers);
  }

  followRun(runId: string, after: number | null, handlers: LineHandlers): Line {
    return this.open(`runs/${encodeURIComponent(runId)}/events`, {}, after, handlers);
  }

  async readRun(runId: string): Promise<RunSummary> {
    return readRun(asObject(await this.request('GET', `runs/${encodeURIComponent(runId)}`)));
  }

  async answer(runId: string, answer: InputAnswer): Promise<string> {
    const body = asObject(await this.request('POST', `runs/${encodeURIComponent(runId)}/inputs`, answer));
    return asText(body['runId']) ?? runId;
  }

  async cancel(runId: string): Promise<void> {
    await this.request('DELETE', `runs/${encodeURIComponent(runId)}`);
  }

  async listThreads(query: { q?: string; notebook?: string; limit?: number } = {}): Promise<ThreadSummary[]> {
    const parameters = new URLSearchParams(
      Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const search = parameters.size > 0 ? `?${parameters.toString()}` : '';
    const body = asObject(await this.request('GET', `threads${search}`));
    return asList(body['threads']).filter(isObject).map(readSummary);
  }

  async readThread(threadId: string): Promise<ThreadDocument> {
    return readThreadDocument(asObject(await this.request('GET', `threads/${encodeURIComponent(threadId)}`)));
  }

  async renameThread(threadId: string, title: string): Promise<void> {
    await this.request('PATCH', `threads/${encodeURIComponent(threadId)}`, { title });
  }

  async removeThread(threadId: string): Promise<void> {
    await this.request('DELETE', `threads/${encodeURIComponent(threadId)}`);
  }

  async registerPage(pageId: string, registration: PageRegistration): Promise<void> {
    await this.request('PUT', `pages/${encodeURIComponent(pageId)}`, registration);
  }

  async leavePage(pageId: string): Promise<void> {
    await this.request('DELETE', `pages/${encodeURIComponent(pageId)}`, undefined, { keepalive: true });
  }

  async actionResult(actionId: string, result: ActionResult): Promise<void> {
    await this.request('POST', `actions/${encodeURIComponent(actionId)}/result`, result);
  }

  async capabilities(): Promise<Capabilities> {
    return readCapabilities(asObject(asObject(await this.request('GET', 'capabilities'))['jupyterAgent']));
  }

  private open(path: string, query: Readonly<Record<string, string>>, after: number | null, handlers: LineHandlers): Line {
    const parameters = new URLSearchParams({ ...query, ...this.options.streamParameters?.() });
    if (after !== null) {
      parameters.set('after', String(after));
    }
    const search = parameters.size > 0 ? `?${parameters.toString()}` : '';
    const source = this.options.openEventSource(`${this.options.baseUrl}${path}${search}`);
    source.onmessage = (event) => handlers.frame(event.lastEventId, event.data);
    source.addEventListener('beat', () => handlers.beat());
    source.onerror = () => {
      // The browser's own reconnecting would skip the registration that has to come first, and says no status.
      source.close();
      handlers.lost();
    };
    return { close: () => source.close() };
  }

  async upload(threadId: string, file: Blob): Promise<string> {
    const init = { method: 'POST', body: file, headers: { 'Content-Type': file.type } };
    const response = await this.fetch(`blobs?${new URLSearchParams({ thread: threadId }).toString()}`, init);
    return asText(asObject(await response.json())['blobId']) ?? '';
  }

  async readBlob(blobId: string): Promise<Blob> {
    return (await this.fetch(`blobs/${encodeURIComponent(blobId)}`, { method: 'GET' })).blob();
  }

  private async request(method: string, path: string, body?: object, extra: RequestInit = {}): Promise<unknown> {
    const init: RequestInit = { method, ...extra };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { 'Content-Type': 'application/json' };
    }
    const response = await this.fetch(path, init);
    return response.status === 200 || response.status === 202 ? ((await response.json()) as unknown) : null;
  }

  /** The response, whatever it holds, unless it is a refusal. */
  private async fetch(path: string, init: RequestInit): Promise<Response> {
    const response = await this.options.fetch(this.options.baseUrl + path, init);
    if (!response.ok) {
      throw await problemOf(response);
    }
    return response;
  }
}

/** A time as the wire tells it: milliseconds, or text as ISO 8601 has it. */
const asTime = (value: unknown): number => asNumber(value) ?? (Date.parse(asText(value) ?? '') || 0);

function readSummary(body: JsonObject): ThreadSummary {
  return {
    threadId: asText(body['threadId']) ?? '',
    title: asText(body['title']),
    notebook: asText(body['notebook']),
    updatedAt: asTime(body['updatedAt']),
    preview: asText(body['preview']) ?? '',
    running: asText(body['running']),
  };
}

/** A thread from the body of GET threads/{id}. */
export function readThreadDocument(body: JsonObject): ThreadDocument {
  const messageRuns = Object.entries(asObject(body['messageRuns'])).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return {
    threadId: asText(body['threadId']) ?? '',
    title: asText(body['title']),
    messages: asList(body['messages']),
    runs: asList(body['runs']).filter(isObject).map(readRun),
    requests: asList(body['requests']).flatMap((request) => readRequest(request) ?? []),
    cursor: asNumber(body['cursor']) ?? 0,
    messageRuns: Object.fromEntries(messageRuns),
  };
}

function readRun(body: JsonObject): RunSummary {
  const error = isObject(body['error']) ? body['error'] : null;
  const status = body['status'];
  return {
    runId: asText(body['runId']) ?? '',
    status: status === 'running' || status === 'waiting' ? status : 'finished',
    outcome: asText(body['outcome']),
    error: error && { code: asText(error['code']) ?? 'internal', message: asText(error['message']) ?? '' },
    firstSeq: asNumber(body['firstSeq']) ?? 0,
    lastSeq: asNumber(body['lastSeq']),
    model: asText(body['model']),
    spent: readSpent(body['usage'], body['cost']),
  };
}
