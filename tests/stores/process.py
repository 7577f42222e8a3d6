"""Another process on the same store: `python -m tests.stores.process append FILE RUN COUNT` or `hold DIRECTORY`.

Appends COUNT events one by one (without end if 0) and prints the seq of each once it is acknowledged; or holds an
instance, prints its id, and waits for the end of its input.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sys
from pathlib import Path

from jupyter_agent.core.clock import SystemClock
from jupyter_agent.stores.instance import FileInstance
from jupyter_agent.stores.sqlite import open_sqlite

from .samples import text


async def append(path: Path, run_id: str, count: int) -> None:
    with contextlib.closing(open_sqlite(path, SystemClock())) as store:
        for number in itertools.islice(itertools.count(), count or None):
            (entry,) = await store.log.append("ada", run_id, [text(f"{run_id} {number}")])
            sys.stdout.write(f"{entry.seq}\n")
            sys.stdout.flush()


def hold(directory: Path) -> None:
    instance = FileInstance(directory, SystemClock())
    sys.stdout.write(f"{instance.id}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["append", path, run_id, count]:
            asyncio.run(append(Path(path), run_id, int(count)))
        case ["hold", directory]:
            hold(Path(directory))
        case _:
            sys.exit(__doc__)
