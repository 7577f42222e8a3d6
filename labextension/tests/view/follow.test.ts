/** The log follows its newest line until the reader goes up. */
import { describe, expect, it } from 'vitest';
import { Follow } from '../../src/view/follow';

const at = (top: number, height = 1000, view = 300): { top: number; height: number; view: number } => ({ top, height, view });

describe('following', () => {
  it('begins at the end and stays there while content grows', () => {
    const follow = new Follow();
    follow.moved(at(700));
    expect(follow.scrolled(at(700, 1200))).toBe(true);
  });

  it('lets go when the reader scrolls up', () => {
    const follow = new Follow();
    follow.moved(at(700));
    expect(follow.scrolled(at(600))).toBe(false);
  });

  it('does not let go for a nudge near the end', () => {
    const follow = new Follow();
    follow.moved(at(700));
    expect(follow.scrolled(at(680))).toBe(true);
  });

  it('begins again when the reader comes back to the end', () => {
    const follow = new Follow();
    follow.moved(at(700));
    follow.scrolled(at(200));
    expect(follow.scrolled(at(400))).toBe(false);
    expect(follow.scrolled(at(690))).toBe(true);
  });

  it('does not take shrinking content or a smaller panel for a wish', () => {
    const follow = new Follow();
    follow.moved(at(700));
    expect(follow.scrolled(at(500, 850))).toBe(true);
    expect(follow.scrolled(at(400, 850, 200))).toBe(true);
  });

  it('begins again when asked to', () => {
    const follow = new Follow();
    follow.moved(at(700));
    follow.scrolled(at(100));
    follow.resume();
    expect(follow.following).toBe(true);
  });
});
