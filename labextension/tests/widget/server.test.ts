/** Where the widget finds its server, and how it says who asks. */
import { afterEach, expect, test, vi } from 'vitest';
import { findServer, httpTransport } from '../../src/widget/server';

const ORIGIN = location.origin;

function page(config: string): Document {
  const made = document.implementation.createHTMLDocument();
  made.head.innerHTML = `<base href="${ORIGIN}/here/"><script id="jupyter-config-data" type="application/json">${config}</script>`;
  return made;
}

afterEach(() => {
  vi.unstubAllGlobals();
  document.cookie = '_xsrf=; max-age=0';
});

test.each([
  ['{"baseUrl": "/", "token": "secret"}', { baseUrl: `${ORIGIN}/`, token: 'secret' }],
  ['{"baseUrl": "/user/ann/"}', { baseUrl: `${ORIGIN}/user/ann/`, token: '' }],
  ['{"baseUrl": "/hub"}', { baseUrl: `${ORIGIN}/hub/`, token: '' }],
  [`{"baseUrl": "${ORIGIN}/a%40b/", "token": ""}`, { baseUrl: `${ORIGIN}/a%40b/`, token: '' }],
  ['{"baseUrl": "https://elsewhere.test/", "token": "secret"}', null],
  ['{"baseUrl": "//elsewhere.test/", "token": "secret"}', null],
  ['not JSON', null],
])('the page that says %s has the server %o', (config, server) => {
  expect(findServer(page(config))).toEqual(server);
});

test('a page of somebody else has none', () => {
  expect(findServer(document.implementation.createHTMLDocument())).toBeNull();
});

/** What was asked, and which streams were opened. */
async function asked(token: string): Promise<{ headers: Record<string, string>; stream: string }> {
  const opened: string[] = [];
  const sent: RequestInit[] = [];
  vi.stubGlobal('fetch', async (_url: string, init: RequestInit) => {
    sent.push(init);
    return new Response(null, { status: 204 });
  });
  vi.stubGlobal(
    'EventSource',
    class {
      constructor(url: string) {
        opened.push(url);
      }
      addEventListener(): void {}
    },
  );
  const transport = httpTransport({ baseUrl: `${ORIGIN}/base/`, token });
  await transport.renameThread('t', 'x');
  transport.followRun('r', 3, { frame: () => {}, beat: () => {}, lost: () => {} });
  expect(sent[0]!.credentials).toBe('same-origin');
  return { headers: Object.fromEntries(new Headers(sent[0]!.headers)), stream: opened[0]! };
}

test('with a cookie, requests carry its value and no address carries a token', async () => {
  document.cookie = '_xsrf=2|abc';
  const { headers, stream } = await asked('secret');
  expect(headers).toEqual({ 'content-type': 'application/json', 'x-xsrftoken': '2|abc', authorization: 'token secret' });
  expect(stream).toBe(`${ORIGIN}/base/jupyter-agent/v1/runs/r/events?_xsrf=2%7Cabc&after=3`);
});

test('where no cookies are kept the token has to do, in the address of a stream too', async () => {
  const { headers, stream } = await asked('secret');
  expect(headers).toEqual({ 'content-type': 'application/json', authorization: 'token secret' });
  expect(stream).toBe(`${ORIGIN}/base/jupyter-agent/v1/runs/r/events?token=secret&after=3`);
});

test('where there is neither, nothing is made up', async () => {
  const { headers, stream } = await asked('');
  expect(headers).toEqual({ 'content-type': 'application/json' });
  expect(stream).toBe(`${ORIGIN}/base/jupyter-agent/v1/runs/r/events?after=3`);
});
