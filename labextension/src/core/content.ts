/** What AG-UI's messages and events carry, read from JSON that is not believed: text, images, what was used. */
import { asList, asNumber, asObject, asText } from './json';
import type { Spent } from './state';

/** The text of an AG-UI message: a string, or the text parts of a list. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') {
    return content;
  }
  return asList(content)
    .map((part) => asText(asObject(part)['text']) ?? '')
    .join('');
}

/** The images in an AG-UI message: ids of blobs of our server. Whatever lies elsewhere is not shown, nor asked for. */
export function contentImages(content: unknown): string[] {
  return asList(content).flatMap((part) => {
    const { type, source } = asObject(part);
    const place = type === 'image' ? asText(asObject(source)['value']) : null;
    const id = place === null ? null : /^blobs\/([\w.-]{1,128})$/.exec(place)?.[1];
    return id === undefined || id === null ? [] : [id];
  });
}

/** What a run used, from AG-UI's list of one TokenUsage per request, and our note of what that costs. */
export function readSpent(usage: unknown, cost: unknown): Spent | null {
  const requests = asList(usage).map(asObject);
  const sum = (name: string): number => requests.reduce((total, request) => total + (asNumber(request[name]) ?? 0), 0);
  const [inputTokens, outputTokens] = [sum('inputTokens'), sum('outputTokens')];
  const amount = asNumber(asObject(cost)['amount']);
  return inputTokens + outputTokens === 0
    ? null
    : {
        inputTokens,
        outputTokens,
        cost: amount === null ? null : { amount, currency: asText(asObject(cost)['currency']) ?? 'USD' },
      };
}
