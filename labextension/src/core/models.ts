/** Which models there are, where they send what they are told, and which one answers when a choice is gone. */
import { asList, asText, isObject, type JsonObject } from './json';
import type { Capabilities, ModeChoice, ModelChoice, ProviderChoice } from './wire';

/** `jupyterAgent` in the body of GET capabilities. */
export function readCapabilities(body: JsonObject): Capabilities {
  return {
    models: asList(body['models']).filter(isObject).map(readModel),
    providers: asList(body['providers']).filter(isObject).map(readProvider),
    model: asText(body['model']) ?? '',
    modes: asList(body['modes']).filter(isObject).map(readMode),
    mode: asText(body['mode']) ?? 'manual',
    warnings: asList(body['warnings']).filter((words) => typeof words === 'string'),
  };
}

const readModel = (body: JsonObject): ModelChoice => ({
  id: asText(body['id']) ?? '',
  label: asText(body['label']) ?? asText(body['id']) ?? '',
  description: asText(body['description']) ?? '',
  available: body['available'] === true,
  howTo: asText(body['howTo']) ?? '',
  provider: asText(body['provider']) ?? '',
  sends: asText(body['sends']),
  address: asText(body['address']),
  images: typeof body['images'] === 'boolean' ? body['images'] : null,
  group: asText(body['group']) ?? '',
});

const readProvider = (body: JsonObject): ProviderChoice => ({
  id: asText(body['id']) ?? '',
  label: asText(body['label']) ?? asText(body['id']) ?? '',
  available: body['available'] === true,
  howTo: asText(body['howTo']) ?? '',
  sends: asText(body['sends']),
  address: asText(body['address']),
  example: asText(body['example']) ?? '',
});

const readMode = (body: JsonObject): ModeChoice => ({
  id: asText(body['id']) ?? '',
  label: asText(body['label']) ?? asText(body['id']) ?? '',
  description: asText(body['description']) ?? '',
});

/** The provider of a model's name: what stands before its first colon. */
export const providerOf = (id: string): string => id.split(':', 1)[0] ?? id;

/**
 * The model of that name: one of the list, or any other of a provider that is known. That provider knows whether there
 * is such a model; we do not.
 */
export function modelOf({ models, providers }: Capabilities, id: string): ModelChoice | null {
  const listed = models.find((model) => model.id === id);
  const provider = providers.find((one) => one.id === providerOf(id));
  const label = id.slice(providerOf(id).length + 1);
  if (listed !== undefined || provider === undefined || label === '') {
    return listed ?? null;
  }
  const { available, howTo, sends, address } = provider;
  const group = models.find((model) => model.provider === provider.id)?.group ?? provider.label;
  return { id, label, description: '', available, howTo, provider: provider.id, sends, address, images: null, group };
}

/** The same if it can answer now. */
export function usable(capabilities: Capabilities, id: string): ModelChoice | null {
  const model = modelOf(capabilities, id);
  return model?.available === true ? model : null;
}

/** Whether no other program gets to know anything. */
const stays = ({ sends, address }: Pick<ModelChoice, 'sends' | 'address'>): boolean =>
  sends === null && address === null;

/**
 * Which model answers for a person who has chosen `chosen`, or nothing. A choice that is gone never makes another place
 * hear what the person writes: a model that sends nothing answers in its stead, if there is one.
 */
export function answering(capabilities: Capabilities, chosen: string | null): string {
  if (chosen !== null && usable(capabilities, chosen) !== null) {
    return chosen;
  }
  const standard = modelOf(capabilities, capabilities.model);
  if (chosen === null || (standard !== null && stays(standard))) {
    return capabilities.model;
  }
  return capabilities.models.find((model) => model.available && stays(model))?.id ?? capabilities.model;
}
