/** The Jupyter server behind the page that shows the widget, and how it is spoken to. */
import { asObject, asText } from '../core/json';
import { HttpTransport, xsrfCookie } from '../core/transport';

/** Where a server is, and what it wants to see of whoever asks. */
export interface Server {
  /** With a slash at the end. */
  readonly baseUrl: string;
  /** '' where a cookie has to do. */
  readonly token: string;
}

/** The server that JupyterLab or Notebook names in its page; null where no page of theirs is around the widget. */
export function findServer(page: Document): Server | null {
  const text = page.getElementById('jupyter-config-data')?.textContent;
  if (text === undefined) {
    return null;
  }
  try {
    const config = asObject(JSON.parse(text));
    const url = new URL(`${asText(config['baseUrl']) ?? '/'}/`.replace(/\/+$/, '/'), page.baseURI);
    // The token is for the server that sent this page, and for nobody else.
    return url.origin === new URL(page.baseURI).origin ? { baseUrl: url.href, token: asText(config['token']) ?? '' } : null;
  } catch {
    return null;
  }
}

/** The assistant on that server. Identified by cookie and `_xsrf`, and by the token where the page has one. */
export function httpTransport(server: Server): HttpTransport {
  const xsrf = (): string | null => xsrfCookie(document.cookie);
  return new HttpTransport({
    baseUrl: `${server.baseUrl}jupyter-agent/v1/`,
    fetch: (url, init) => {
      const headers = new Headers(init.headers);
      const cookie = xsrf();
      if (cookie !== null) {
        headers.set('X-XSRFToken', cookie);
      }
      if (server.token !== '') {
        headers.set('Authorization', `token ${server.token}`);
      }
      return fetch(url, { ...init, headers, cache: 'no-store', credentials: 'same-origin' });
    },
    openEventSource: (url) => new EventSource(url),
    streamParameters: () => {
      const cookie = xsrf();
      if (cookie !== null) {
        return { _xsrf: cookie };
      }
      // A browser that keeps no cookies for this page: an EventSource has no other way to say who it is.
      return server.token === '' ? {} : { token: server.token };
    },
  });
}
