/** React as the widget's bundle has it, with the `act` that React's own tests have. */
import * as compat from 'preact/compat';
import { act as preactAct } from 'preact/test-utils';

export default compat;
export const {
  Component, Fragment, createContext, createElement, forwardRef, memo, useCallback, useContext, useEffect, useId,
  useImperativeHandle, useLayoutEffect, useMemo, useReducer, useRef, useState, useSyncExternalStore,
} = compat;

/** React's `act` also waits for what follows from what follows. */
export function act(work: () => Promise<void> | void): Promise<void> | void {
  const done: unknown = preactAct(work);
  return done instanceof Promise ? done.then(settle) : undefined;
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await preactAct(() => Promise.resolve());
  }
}
