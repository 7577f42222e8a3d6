/** An id for an element that others point at. */
import * as React from 'react';
import { uuid } from '../core/ids';

/** Unlike React's own it is unique in the page, also where several trees, each with a React of its own, stand in it. */
export function useUniqueId(): string {
  const [id] = React.useState(() => `ja-${uuid()}`);
  return id;
}
