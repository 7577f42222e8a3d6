import { expect, test } from 'vitest';
import { FOUND } from '../../demo/scripted';
import { answering, modelOf, usable } from '../../src/core/models';

test('a listed model can be used when it is available, and any other of a provider that is', () => {
  expect(usable(FOUND, 'openai:gpt-6.1-sol')).toMatchObject({ label: 'gpt-6.1-sol', sends: 'api.openai.com' });
  expect(usable(FOUND, 'openai:ft:gpt-6:mine')).toMatchObject({
    label: 'ft:gpt-6:mine',
    sends: 'api.openai.com',
    group: 'OpenAI',
    images: null,
  });
  expect(usable(FOUND, 'anthropic:claude')).toBeNull();
  expect(usable(FOUND, 'openai:')).toBeNull();
  expect(usable(FOUND, 'openai')).toBeNull();
  expect(usable(FOUND, 'nobody:model')).toBeNull();
});

test('where a model sends is known also while it is not available', () => {
  expect(modelOf(FOUND, 'anthropic:claude')).toMatchObject({ available: false, sends: 'api.anthropic.com' });
  expect(modelOf(FOUND, 'scripted:/x.json')).toBeNull();
});

test('what was chosen answers; else what the server says', () => {
  expect(answering(FOUND, 'ollama:qwen4:14b')).toBe('ollama:qwen4:14b');
  expect(answering(FOUND, 'ollama:another')).toBe('ollama:another');
  expect(answering(FOUND, null)).toBe('builtin');
  expect(answering({ ...FOUND, model: 'openai:gpt-6.1-sol' }, null)).toBe('openai:gpt-6.1-sol');
});

test('a choice that is gone sends nothing to another place', () => {
  const standard = { ...FOUND, model: 'openai:gpt-6.1-sol' };
  expect(answering(standard, 'anthropic:claude')).toBe('builtin');
  expect(answering(FOUND, 'anthropic:claude')).toBe('builtin');
  expect(answering({ ...FOUND, model: 'ollama:qwen4:14b' }, 'anthropic:claude')).toBe('builtin');
  const only = { ...standard, models: standard.models.filter((model) => model.sends !== null) };
  expect(answering(only, 'anthropic:claude')).toBe('openai:gpt-6.1-sol');
});
