/** Our icons: small line drawings that take the colour of the text around them. None carries a meaning alone. */
import * as React from 'react';

const PATHS = {
  send: 'M8 13V3M3.5 7.5 8 3l4.5 4.5',
  stop: 'M4.5 4.5h7v7h-7z',
  plus: 'M8 3v10M3 8h10',
  chevron: 'm4.5 6.5 3.5 3.5 3.5-3.5',
  down: 'M8 3v10M3.5 8.5 8 13l4.5-4.5',
  check: 'm3.5 8.5 3 3 6-7',
  cross: 'm4.5 4.5 7 7m0-7-7 7',
  copy: 'M6 5.5h6.5v8H6zM3.5 10.5v-8H10',
  insert: 'M3 3h10v4H3zM8 9.5v4M6 11.5h4',
  replace: 'M3.5 6.5a4.6 4.6 0 0 1 8.6-.9M12.5 2.8v3h-3M12.5 9.5a4.6 4.6 0 0 1-8.6.9M3.5 13.2v-3h3',
  run: 'M5 3.2v9.6L12.5 8z',
  pencil: 'm3 13 .6-2.8L10.8 3 13 5.2l-7.2 7.2zM9.3 4.5l2.2 2.2',
  bin: 'M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.6 9h5.8l.6-9M6.8 7v4M9.2 7v4',
  retry: 'M12.8 8A4.8 4.8 0 1 1 11 4.2M12.6 2.2v2.9H9.7',
  search: 'M7 11.2A4.2 4.2 0 1 0 7 2.8a4.2 4.2 0 0 0 0 8.4zM10.2 10.2 13.5 13.5',
  notebook: 'M4 2.5h8.5v11H4zM4 2.5v11M6.5 5.5h3.5M6.5 8h3.5M2.5 5h1.5M2.5 8h1.5M2.5 11h1.5',
  chats: 'M2.5 3h8v6H6L3.8 11V9H2.5zM12 6h1.5v6h-1.3v1.8L10 12H7',
  shield: 'M8 2 3.2 3.8v3.7c0 3.1 1.9 5.4 4.8 6.5 2.9-1.1 4.8-3.4 4.8-6.5V3.8zM5.8 8l1.6 1.6 2.9-3.2',
  question: 'M8 13.8A5.8 5.8 0 1 0 8 2.2a5.8 5.8 0 0 0 0 11.6zM6.3 6.2c.2-2 3.5-2 3.5.1 0 1.4-1.8 1.5-1.8 3M8 11.3v.2',
  forward: 'M3 8h10M8.5 3.5 13 8l-4.5 4.5',
  outward: 'M6.5 3.5h6v6M12.2 3.8 4 12',
  warning: 'M8 2.5 14 13H2zM8 6.5v3M8 11.2v.2',
  clock: 'M8 13.8A5.8 5.8 0 1 0 8 2.2a5.8 5.8 0 0 0 0 11.6zM8 5v3.2l2.2 1.4',
  image: 'M2.5 3.5h11v9h-11zM2.5 10.5l3.2-3 2.6 2.4 2-1.7 3.2 2.6M10.3 6.2v.1',
  spark: 'M8 2.2c.5 3.4 2.2 5.2 5.8 5.8-3.6.6-5.3 2.4-5.8 5.8C7.5 10.4 5.8 8.6 2.2 8 5.8 7.4 7.5 5.6 8 2.2z',
  thought: 'M5 12.5h6M6 14.2h4M5.8 10.5c-1.6-1-2.3-2.2-2.3-3.8a4.5 4.5 0 0 1 9 0c0 1.6-.7 2.8-2.3 3.8z',
} as const;

/** The names of our drawings. */
export type IconName = keyof typeof PATHS;

const FILLED: ReadonlySet<IconName> = new Set(['stop', 'run', 'spark']);

/** One drawing, hidden from screen readers: the words beside it, or the button's label, say what it means. */
export const Icon = React.memo(function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg className="ja-Icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill={FILLED.has(name) ? 'currentColor' : 'none'}
        stroke="currentColor"
        strokeWidth="1.3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
});
