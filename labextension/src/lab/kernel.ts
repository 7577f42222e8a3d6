/** Whether a notebook's kernel can run something now, without ever opening a dialog in the person's face. */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';
import type { Clock } from '../core/clock';

/** Why nothing can be run. */
export interface Refusal {
  readonly reason: 'no-kernel' | 'kernel-dead' | 'kernel-starting' | 'pending-input';
  readonly detail: string;
}

const NO_KERNEL: Refusal = {
  reason: 'no-kernel',
  detail: 'This notebook has no kernel. Choose one at the top right of the notebook, then try again.',
};
const DEAD: Refusal = {
  reason: 'kernel-dead',
  detail: 'The kernel of this notebook has died. Restart it from the Kernel menu, then try again.',
};
const STARTING: Refusal = {
  reason: 'kernel-starting',
  detail: 'The kernel of this notebook is not ready yet. Try again when it is idle.',
};
const PENDING_INPUT: Refusal = {
  reason: 'pending-input',
  detail: 'A cell of this notebook waits for text to be typed. Answer it, then try again.',
};

/** A starting kernel gets this long. */
const PATIENCE = 20_000;
/** So often it is asked whether it is there: one that restarted by itself may never say so of its own accord. */
const ASK_EVERY = 2_000;

/** The kernel, once it is ready, or why there is none. */
export async function readyKernel(
  context: ISessionContext,
  clock: Clock,
): Promise<Kernel.IKernelConnection | Refusal> {
  const deadline = clock.now() + PATIENCE;
  for (;;) {
    const verdict = look(context);
    if (verdict !== STARTING || clock.now() >= deadline) {
      return verdict;
    }
    const kernel = context.session?.kernel ?? null;
    const patience = Math.min(ASK_EVERY, deadline - clock.now());
    if (await Promise.race([answers(kernel), nextChange(context, clock, patience)])) {
      return kernel === null || kernel.isDisposed ? DEAD : kernel;
    }
  }
}

/** True once the kernel answers; never, if it does not. */
function answers(kernel: Kernel.IKernelConnection | null): Promise<boolean> {
  return new Promise((resolve) => {
    if (kernel?.connectionStatus === 'connected') {
      // Rejects while the kernel is being replaced; then the next look will tell.
      kernel.requestKernelInfo().then(() => resolve(true), () => undefined);
    }
  });
}

/** True for a refusal, false for a kernel. */
export const isRefusal = (verdict: Kernel.IKernelConnection | Refusal): verdict is Refusal => 'reason' in verdict;

function look(context: ISessionContext): Kernel.IKernelConnection | Refusal {
  const kernel = context.session?.kernel ?? null;
  const status = context.kernelDisplayStatus;
  if (context.isTerminating || kernel?.status === 'dead' || kernel?.isDisposed === true) {
    return DEAD;
  }
  if (kernel === null) {
    return status === 'initializing' || status === 'starting' || status === 'restarting' ? STARTING : NO_KERNEL;
  }
  if (status !== 'idle' && status !== 'busy') {
    return STARTING;
  }
  return context.pendingInput ? PENDING_INPUT : kernel;
}

/** Resolves to false at the next change of the kernel's state, or after `patience` at the latest. */
function nextChange(context: ISessionContext, clock: Clock, patience: number): Promise<boolean> {
  const signals = [
    context.statusChanged,
    context.connectionStatusChanged,
    context.kernelChanged,
    context.sessionChanged,
  ] as const;
  return new Promise((resolve) => {
    const finish = (): void => {
      timer.cancel();
      signals.forEach((signal) => signal.disconnect(finish));
      resolve(false);
    };
    const timer = clock.after(patience, finish);
    signals.forEach((signal) => signal.connect(finish));
  });
}
