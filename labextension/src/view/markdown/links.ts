/** Which links of a model become links, and what they must show. */

/** A link that may be followed. `place` is where it really leads: a host, or a mail address. */
export interface SafeLink {
  readonly href: string;
  readonly place: string;
  /** True when the address itself tries to look like another one (a user name before the host). */
  readonly masked: boolean;
}

/** The link that `href` may become, or null: then it is shown as text. Only http, https and mailto lead anywhere. */
export function safeLink(href: string): SafeLink | null {
  // A browser skips tabs, newlines and controls inside a scheme; an address that needs them is not an honest one.
  if (/[\p{Cc}\p{Cf}\p{DI}\s\\]/u.test(href)) return null;
  if (!/^(?:https?:\/\/[^/]|mailto:[^?])/i.test(href)) return null;
  let url: URL;
  try {
    url = new URL(href);
  } catch {
    return null;
  }
  if (url.protocol === 'mailto:') {
    // Subject and body could carry data out; the address is enough.
    return { href: `mailto:${url.pathname}`, place: decoded(url.pathname), masked: false };
  }
  if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') return null;
  return { href: url.href, place: url.host, masked: url.username !== '' || url.password !== '' };
}

/** Whether the place must be shown beside the link's text, because the text does not already say it. */
export function mustShowPlace(text: string, link: SafeLink): boolean {
  if (link.masked) return true;
  const bare = (address: string): string =>
    address.trim().toLowerCase().replace(/^(?:https?:\/\/|mailto:)/, '').replace(/\/$/, '');
  const shown = bare(text);
  return shown !== bare(link.href) && shown !== bare(decoded(link.href)) && shown !== link.place.toLowerCase();
}

/** The place that an address of an image names, in words; nothing is ever loaded from it. */
export function imagePlace(href: string): string {
  const link = safeLink(href);
  if (link) return link.place;
  return /^data:/i.test(href.trim()) ? 'embedded' : 'local';
}

function decoded(address: string): string {
  try {
    return decodeURI(address);
  } catch {
    return address;
  }
}
