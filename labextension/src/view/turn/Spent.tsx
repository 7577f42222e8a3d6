/** What an answer used, in one quiet line. */
import * as React from 'react';
import type { AssistantTurn } from '../../core/state';
import { useView } from '../context';
import { BUILT_IN, nameOf } from '../menu/modelWords';
import { useChat } from '../useChat';

/** Tokens, about what they cost, and which model it was. Nothing for the built-in assistant, which uses nothing. */
export function Spent({ turn }: { turn: AssistantTurn }) {
  const { chat } = useView();
  const capabilities = useChat(chat, (held) => held.capabilities);
  const { spent, model } = turn;
  if (spent === null || model === BUILT_IN) return null;
  const parts = [
    `${spent.inputTokens.toLocaleString('en')} tokens in, ${spent.outputTokens.toLocaleString('en')} out`,
    spent.cost === null ? null : `about ${money(spent.cost.amount, spent.cost.currency)}`,
    model === null ? null : nameOf(capabilities, model),
  ];
  return <p className="ja-Spent">{parts.filter((part) => part !== null).join(' · ')}</p>;
}

/** An amount with as many digits as say something: cents from a dollar on, two digits that are not zero below. */
export function money(amount: number, currency: string): string {
  const digits = amount >= 1 || amount <= 0 ? 2 : Math.min(6, Math.max(2, 1 - Math.floor(Math.log10(amount))));
  const number = amount > 0 && amount < 0.000001 ? '0.000001' : amount.toFixed(digits);
  return currency === 'USD' ? `$${number}` : `${number} ${currency}`;
}
