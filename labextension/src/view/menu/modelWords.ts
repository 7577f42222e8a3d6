/** Models, in words. */
import type { ModelChoice } from '../../core/wire';

/** What is said once when there is no way to another model. */
export const NO_OTHER_MODEL = 'Other models are not part of this version yet.';

/**
 * What a person can do to have another model answer. `choose`: one is set up · `rows`: what to do differs from model to
 * model, so each says it · `none`: no model has a way of its own, and one sentence for all is enough.
 */
export function wayToOthers(models: readonly ModelChoice[], current: string): 'choose' | 'rows' | 'none' {
  const others = models.filter((model) => model.id !== current);
  if (others.some((model) => model.available)) return 'choose';
  const ways = others.map((model) => model.howTo.trim()).filter((way) => way !== '');
  return ways.length > 0 && new Set(ways).size === others.length ? 'rows' : 'none';
}
