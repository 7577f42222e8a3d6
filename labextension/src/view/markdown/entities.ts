/** The named character references that models write; the numeric ones are resolved by the lexer. */
const NAMES = new Map<string, string>(Object.entries({
  amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0', copy: '©', reg: '®', trade: '™', hellip: '…',
  mdash: '—', ndash: '–', lsquo: '‘', rsquo: '’', ldquo: '“', rdquo: '”', laquo: '«', raquo: '»', bull: '•',
  middot: '·', times: '×', divide: '÷', deg: '°', plusmn: '±', micro: 'µ', le: '≤', ge: '≥', ne: '≠', asymp: '≈',
  larr: '←', rarr: '→', uarr: '↑', darr: '↓', harr: '↔', check: '✓', euro: '€', pound: '£', sect: '§', sup2: '²',
  sup3: '³', frac12: '½', infin: '∞', sum: '∑', radic: '√', alpha: 'α', beta: 'β', gamma: 'γ', delta: 'δ',
  epsilon: 'ε', lambda: 'λ', mu: 'μ', pi: 'π', sigma: 'σ', theta: 'θ', omega: 'ω',
}));

/** `text` with known named references as characters. What comes out is text for React, never markup. */
export const withEntities = (text: string): string =>
  text.includes('&') ? text.replace(/&([a-z]+[0-9]*);/gi, (whole, name: string) => NAMES.get(name) ?? whole) : text;
