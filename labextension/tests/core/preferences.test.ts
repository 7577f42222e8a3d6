// @vitest-environment jsdom
import { beforeEach, expect, test } from 'vitest';
import { browserPreferences } from '../../src/core/preferences';

beforeEach(() => localStorage.clear());

test('a choice is kept together with what it replaced', () => {
  expect(browserPreferences.get('model')).toBeNull();
  browserPreferences.set('model', { value: 'clever', instead: 'builtin' });
  expect(browserPreferences.get('model')).toEqual({ value: 'clever', instead: 'builtin' });
  expect(browserPreferences.get('mode')).toBeNull();
  browserPreferences.set('model', null);
  expect(localStorage.length).toBe(0);
});

test.each(['clever', '', '7', 'null', '{"value":"clever"}', '{"value":1,"instead":"builtin"}'])(
  'what is no such choice is none: %j',
  (stored) => {
    localStorage.setItem('jupyter-agent:model', stored);
    expect(browserPreferences.get('model')).toBeNull();
  },
);
