"""Every stream of events that a run of this suite makes, kept for the verifier of AG-UI's own client (agui/verify.mjs).

It only listens: what a run appends to its log is written down once the log has taken it, whichever store that is. Runs
of servers in processes of their own are read from their file when they have stopped.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ag_ui.core import BaseEvent

from jupyter_agent.core.log import Entry
from jupyter_agent.core.run import Run

FOLDER = os.environ.get("JUPYTER_AGENT_TEST_STREAMS")
"""Where each session leaves a file; set by `dev.py test`. Without it nothing is written."""
FILE = Path(FOLDER, f"{os.getpid()}.jsonl") if FOLDER else Path(os.devnull)
"""One JSON object a line: {test, runId, events}."""


class Streams:
    """What was heard in this session."""

    def __init__(self) -> None:
        self._heard: dict[tuple[int, str, str], list[str]] = {}
        """By store, owner and run."""

    def begin(self) -> None:
        """Listen to every run from now on."""
        if FOLDER is None:
            return
        FILE.parent.mkdir(parents=True, exist_ok=True)
        FILE.write_text("", encoding="utf-8")
        make = Run.__init__

        def listening(run: Run, *given: Any, log: Any, **more: Any) -> None:
            make(run, *given, log=_Overheard(log, self), **more)

        Run.__init__ = listening  # type: ignore[method-assign,assignment]  # the one place through which every run goes

    def hear(self, store: int, owner: str, entries: Sequence[Entry]) -> None:
        """Note what a run has said. A run that another process goes on with goes on here too."""
        for entry in entries:
            key = (store, owner, entry.run_id)
            if entry.type == "RUN_STARTED" and key in self._heard:
                # Another store in the place of one that is gone, as in the examples of a property test.
                self._heard[(-len(self._heard), owner, entry.run_id)] = self._heard.pop(key)
            self._heard.setdefault(key, []).append(entry.data)

    def read(self, file: Path, test: str) -> None:
        """Take the runs in the file of a server that has stopped."""
        if FOLDER is None or not file.exists():
            return
        with contextlib.closing(sqlite3.connect(file)) as database:
            try:
                rows = database.execute("SELECT owner, run_id, data FROM events ORDER BY owner, seq").fetchall()
            except sqlite3.DatabaseError:
                return  # a file that a test has made unreadable: no run is in it
        runs: dict[tuple[str, str], list[str]] = {}
        for owner, run_id, data in rows:
            runs.setdefault((owner, run_id), []).append(data)
        self._write(test, [(run_id, events) for (_, run_id), events in runs.items()])

    def end_test(self, test: str) -> None:
        """Write down what was heard in it."""
        self._write(test, [(run_id, events) for (_, _, run_id), events in self._heard.items()])
        self._heard.clear()

    @staticmethod
    def _write(test: str, streams: Sequence[tuple[str, Sequence[str]]]) -> None:
        with FILE.open("a", encoding="utf-8") as file:
            for run_id, events in streams:
                file.write(f'{{"test": {json.dumps(test)}, "runId": {json.dumps(run_id)}, "events": [')
                # Node ends a line at these two as well.
                file.write(", ".join(events).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029") + "]}\n")


class _Overheard:
    """A log with an ear at it (core.log.EventLog)."""

    def __init__(self, log: Any, streams: Streams) -> None:
        self._log = log
        self._streams = streams
        while (inner := getattr(log, "_inner", None)) is not None:  # a store that a test lets die
            log = inner
        self._store = id(log)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def append(self, owner: str, run_id: str, events: Sequence[BaseEvent]) -> list[Entry]:
        entries: list[Entry] = await self._log.append(owner, run_id, events)
        self._streams.hear(self._store, owner, entries)
        return entries


STREAMS = Streams()
