import { expect, test } from 'vitest';
import { Problem } from '../../src/core/problem';
import { HttpTransport, xsrfCookie } from '../../src/core/transport';

const transport = (response: () => Response) =>
  new HttpTransport({
    baseUrl: 'http://test/base/jupyter-agent/v1/',
    fetch: () => Promise.resolve(response()),
    openEventSource: () => {
      throw new Error('not here');
    },
  });

const refusal = async (status: number, body: string): Promise<Problem> => {
  try {
    await transport(() => new Response(body, { status })).capabilities();
  } catch (error) {
    return error as Problem;
  }
  throw new Error('no refusal');
};

test('a problem of ours is told in its own words', async () => {
  const body = { type: 'run-going-on', title: 'Conflict', detail: 'An answer is being written.', status: 409, runId: 'r' };
  const problem = await refusal(409, JSON.stringify(body));
  expect(problem).toBeInstanceOf(Problem);
  expect(problem).toMatchObject({ status: 409, type: 'run-going-on', message: 'An answer is being written.', body });
});

test('a refusal of somebody on the way is told in words that help', async () => {
  expect((await refusal(403, '{"message": "Forbidden", "reason": null}')).message).toContain('signed out');
  expect((await refusal(404, '<html>nginx</html>')).message).toContain('server extension');
  expect((await refusal(502, '<html>Bad Gateway</html>')).message).toBe('The server cannot answer just now (status 502).');
  expect((await refusal(418, '')).message).toBe('The server refused this (status 418).');
});

test('what the server leaves out has a harmless stand-in', async () => {
  const models = [{ id: 'builtin', available: true, howTo: null }, 'nonsense'];
  const providers = [{ id: 'lab', address: '127.0.0.1:8000', example: null }];
  const body = { jupyterAgent: { models, providers, warnings: ['Kept in memory.', 7] } };
  expect(await transport(() => new Response(JSON.stringify(body))).capabilities()).toEqual({
    models: [
      {
        id: 'builtin',
        label: 'builtin',
        description: '',
        available: true,
        howTo: '',
        provider: '',
        sends: null,
        address: null,
        images: null,
        group: '',
      },
    ],
    providers: [
      { id: 'lab', label: 'lab', available: false, howTo: '', sends: null, address: '127.0.0.1:8000', example: '' },
    ],
    model: '',
    modes: [],
    mode: 'manual',
    warnings: ['Kept in memory.'],
  });
});

test('the last of several _xsrf cookies counts, as it does for the server', () => {
  expect(xsrfCookie('a=b; _xsrf=one; _xsrf=2|t=w=o')).toBe('2|t=w=o');
  expect(xsrfCookie('not_xsrf=1')).toBeNull();
  expect(xsrfCookie('')).toBeNull();
});

test('the stream is opened with what an EventSource can say only in its address', () => {
  const opened: string[] = [];
  const made = new HttpTransport({
    baseUrl: 'http://test/v1/',
    fetch: () => Promise.reject(new Error('not here')),
    openEventSource: (url) => {
      opened.push(url);
      return { onmessage: null, onerror: null, addEventListener: () => {}, close: () => {} };
    },
    streamParameters: () => ({ _xsrf: '2|a=b' }),
  });
  made.follow('c', null, { frame: () => {}, beat: () => {}, lost: () => {} });
  made.follow('c', 7, { frame: () => {}, beat: () => {}, lost: () => {} });
  expect(opened).toEqual([
    'http://test/v1/events?client=c&_xsrf=2%7Ca%3Db',
    'http://test/v1/events?client=c&_xsrf=2%7Ca%3Db&after=7',
  ]);
});
