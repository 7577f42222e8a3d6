import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { hashSource, sha256Hex } from '../../src/core/hash';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('the published vectors of SHA-256 come out', () => {
  expect(sha256Hex(bytes(''))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  expect(sha256Hex(bytes('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(sha256Hex(bytes('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'))).toBe(
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  );
  expect(sha256Hex(bytes('a'.repeat(1_000_000)))).toBe(
    'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0',
  );
});

test('every length around a block boundary agrees with another implementation', () => {
  for (let length = 0; length < 200; length += 1) {
    const data = Uint8Array.from({ length }, (_, index) => (index * 37 + length) & 0xff);
    expect(sha256Hex(data)).toBe(createHash('sha256').update(data).digest('hex'));
  }
});

test('a source is hashed as UTF-8, with the name of the algorithm in front', () => {
  expect(hashSource('π = "🐧"')).toBe(`sha256:${createHash('sha256').update('π = "🐧"', 'utf8').digest('hex')}`);
});
