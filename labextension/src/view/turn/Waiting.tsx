/** The provider asks for patience: why, and how long it still takes. */
import * as React from 'react';
import type { Waiting as Wait } from '../../core/state';
import { Icon } from '../icons';
import { plainProse } from '../text/hidden';

/** The words with a countdown, from the moment they arrive. What a screen reader hears is said once, elsewhere. */
export function Waiting({ waiting }: { waiting: Wait }) {
  const left = useCountdown(waiting);
  const when = left > 0 ? `in ${left} s` : 'now';
  return (
    <p className="ja-Working ja-Waiting">
      <Icon name="clock" size={14} />
      <span>{`${reasonOf(waiting)} Trying again ${when} (${waiting.attempt} of ${waiting.of}).`}</span>
    </p>
  );
}

/** What is said of it once. */
export const spokenOf = (waiting: Wait): string =>
  `${reasonOf(waiting)} Trying again in ${Math.ceil(waiting.seconds)} seconds.`;

const reasonOf = ({ reason }: Wait): string => plainProse(reason).trim().replace(/([^.!?…])$/, '$1.');

/** Whole seconds that are left of it. */
function useCountdown(waiting: Wait): number {
  const [passed, setPassed] = React.useState({ of: waiting, seconds: 0 });
  React.useEffect(() => {
    const begun = performance.now();
    const timer = setInterval(() => setPassed({ of: waiting, seconds: (performance.now() - begun) / 1000 }), 250);
    return () => clearInterval(timer);
  }, [waiting]);
  // Another wait of the same turn begins anew.
  return Math.max(0, Math.ceil(waiting.seconds - (passed.of === waiting ? passed.seconds : 0)));
}
