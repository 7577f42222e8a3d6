/** Models, in words: which there are, where each sends what, and how to get others. */
import { modelOf, providerOf } from '../../core/models';
import type { Capabilities, ModelChoice, ProviderChoice } from '../../core/wire';
import type { ChoiceGroup } from './Choices';

/** The id of the assistant that needs no model. */
export const BUILT_IN = 'builtin';

/** Where something goes. */
type Place = Pick<ModelChoice, 'sends' | 'address'>;

/** Where everything goes when this model answers. A person reads it before they choose: the choice is their consent. */
export function whereTo({ sends, address }: Place): string {
  if (sends !== null) {
    return `Sends your messages, and what the assistant reads of the notebook and its variables, to ${sends}`;
  }
  return address === null
    ? 'Stays on this machine'
    : `Goes to ${address} on this machine; what that program passes on is its own affair`;
}

/** What a model is called: its label, or its name without its provider. */
export const nameOf = (capabilities: Capabilities | null, id: string): string =>
  capabilities?.models.find((model) => model.id === id)?.label ?? (id.slice(providerOf(id).length + 1) || id);

/** What can be chosen now, by provider. A model that was chosen by its name stands with the others of its provider. */
export function groupsOf(capabilities: Capabilities, current: string): ChoiceGroup[] {
  const chosen = modelOf(capabilities, current);
  const listed = capabilities.models.filter((model) => model.available);
  const models = chosen === null || listed.includes(chosen) ? listed : [...listed, chosen];
  return [...new Set(models.map((model) => model.group))].map((name) => ({
    name,
    choices: models.filter((model) => model.group === name).map(choiceOf),
  }));
}

const choiceOf = (model: ModelChoice): ChoiceGroup['choices'][number] => ({
  id: model.id,
  label: model.label,
  lines: [whereTo(model), model.description].filter((line) => line !== ''),
});

/** Servers that are always named at their usual address on this machine: nothing says that one runs there. */
const USUAL = new Set(['ollama', 'vllm', 'lmstudio']);

/** Providers that are ready, and to whose place no model of the list leads. */
export function unlistedOf({ models, providers }: Capabilities): ProviderChoice[] {
  const ready = providers.filter(({ id, sends, available }) => available && (sends !== null || !USUAL.has(id)));
  const isListed = ({ sends, address }: Place): boolean =>
    models.some((model) => model.available && model.sends === sends && model.address === address);
  return ready.filter((provider) => !isListed(provider));
}

/** Something that could answer if the person did what `howTo` says. */
export interface Missing {
  readonly label: string;
  readonly howTo: string;
}

/** What is not there yet, each once: a provider says for all its models how to get them. */
export function missingOf({ models, providers }: Capabilities): Missing[] {
  const absent: (ModelChoice | ProviderChoice)[] = providers.filter((provider) => !provider.available);
  const told = new Set(absent.map((provider) => provider.id));
  const others = models.filter((model) => !model.available && !told.has(model.provider));
  return [...absent, ...others].filter(({ howTo }) => howTo !== '');
}

/** A model that is ready, and that nobody has chosen yet. */
export interface Offer {
  readonly words: string;
  readonly model: ModelChoice;
}

/** One model of each provider that was found, local ones first. */
export function offersOf({ models, providers }: Capabilities): Offer[] {
  const found = providers.flatMap(({ id, label }) => {
    const model = models.find((one) => one.available && one.provider === id);
    if (model === undefined) return [];
    const words =
      model.sends === null
        ? `${label} is running on this machine.`
        : `A key for ${label} was found. Nothing has been sent.`;
    return [{ words, model }];
  });
  return [...found.filter(({ model }) => model.sends === null), ...found.filter(({ model }) => model.sends !== null)];
}

/** A stretch of plain words, or of something to be typed as it stands. */
export interface Said {
  readonly text: string;
  readonly code: boolean;
}

const CODE = /`([^`]+)`|((?:python -m )?pip install (?:"[^"]+"|[^\s".]+)|\bc\.\w+(?:\.\w+)+|\b[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+\b)/g;

/** A sentence that says how to get something, with what can be copied out of it told apart. */
export function said(howTo: string): Said[] {
  const pieces: Said[] = [];
  let end = 0;
  for (const found of howTo.matchAll(CODE)) {
    pieces.push({ text: howTo.slice(end, found.index), code: false }, { text: found[1] ?? found[0], code: true });
    end = found.index + found[0].length;
  }
  return [...pieces, { text: howTo.slice(end), code: false }].filter(({ text }) => text !== '');
}
