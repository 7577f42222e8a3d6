/** What a person chose, kept by the browser. */
import type { Preferences, Remembered } from './chat';
import { asObject, asText } from './json';

/** The model and the mode that the person chose, for every place in which they chat. */
export const browserPreferences: Preferences = {
  get: (name) => rememberedOf(read(() => localStorage.getItem(keyOf(name)))),
  set: (name, choice) =>
    write(() =>
      choice === null ? localStorage.removeItem(keyOf(name)) : localStorage.setItem(keyOf(name), JSON.stringify(choice)),
    ),
};

const keyOf = (name: string): string => `jupyter-agent:${name}`;

/** Anything else that stands there, such as a choice that does not say what it replaced, is none. */
function rememberedOf(stored: string | null): Remembered | null {
  try {
    const kept = asObject(JSON.parse(stored ?? 'null'));
    const [value, instead] = [asText(kept['value']), asText(kept['instead'])];
    return value === null || instead === null ? null : { value, instead };
  } catch {
    return null;
  }
}

/** Storage may be forbidden by the person's settings; then nothing is remembered. */
export function read(look: () => string | null): string | null {
  try {
    return look();
  } catch {
    return null;
  }
}

/** The same for keeping something. */
export function write(keep: () => void): void {
  try {
    keep();
  } catch {
    // Full, or forbidden.
  }
}
