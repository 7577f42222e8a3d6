/** A refusal of the server, with a sentence that a person can act on. */
import { asObject, asText, isObject, type JsonObject } from './json';

/** Promises: `message` is a sentence for a person; `status` is the HTTP status; `type` the short slug of the cause. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly status: number,
    readonly type: string,
    detail: string,
    /** The whole body: some problems carry more, such as the run that goes on. */
    readonly body: JsonObject = {},
  ) {
    super(detail);
  }

  /** Whether only a person can change it: the same request will be refused again. */
  get lasting(): boolean {
    return (this.status < 500 && this.status !== 429) || this.type === 'misconfigured';
  }
}

/** Words for a status whose body has none: a proxy's or a login page's answer, not ours. */
const SENTENCES: Readonly<Record<number, string>> = {
  401: 'You have been signed out. Reload the page and sign in again.',
  403: 'You have been signed out, or are not allowed to use the assistant here. Reload the page and sign in again.',
  404: 'The assistant does not answer at this address. Is the jupyter_agent server extension enabled?',
  413: 'That is too large to send.',
  429: 'Too many requests at once. Wait a moment and try again.',
};

/** The problem that a response with a status of 400 or more stands for. */
export async function problemOf(response: Response): Promise<Problem> {
  let body: unknown = null;
  try {
    body = await response.json();
  } catch {
    // An HTML page of a proxy: its status has to do.
  }
  const fields = asObject(body);
  const fallback =
    SENTENCES[response.status] ??
    (response.status >= 500
      ? `The server cannot answer just now (status ${response.status}).`
      : `The server refused this (status ${response.status}).`);
  // Only a body of ours has a `type`; Jupyter's own errors ("Forbidden") are no help to a person.
  const detail = isObject(body) && asText(fields['type']) !== null ? asText(fields['detail']) : null;
  return new Problem(response.status, asText(fields['type']) ?? 'http', detail ?? fallback, fields);
}
