"""Whatever is done to a log, in whatever order: it is what a list with a counter would be."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from jupyter_agent.core.clock import ManualClock
from jupyter_agent.core.log import Bounds, Entry
from tests import sizes

from .kinds import KINDS, LASTING, Kind, Store
from .samples import entry, text

OWNERS = st.sampled_from(["ada", "bob"])
RUN_IDS = st.sampled_from(["r1", "r2", "r3"])
CURSORS = st.integers(min_value=-1, max_value=40)
BATCHES = st.lists(st.text(max_size=5), max_size=4)


class LogMachine(RuleBasedStateMachine):
    kind: Kind
    lasting: bool

    def __init__(self) -> None:
        super().__init__()
        # With a factory the runner leaves the thread's event loop alone: that one is Jupyter's fixtures'.
        self.runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self.directory = tempfile.TemporaryDirectory()
        self.entries: dict[str, list[Entry]] = {"ada": [], "bob": []}
        self.last = {"ada": 0, "bob": 0}
        self.floor = {"ada": 0, "bob": 0}
        self.store = self.open()

    def open(self) -> Store:
        self.opened = AsyncExitStack()
        manager = type(self).kind(Path(self.directory.name), ManualClock())
        return self.runner.run(self.opened.enter_async_context(manager))

    def teardown(self) -> None:
        self.runner.run(self.opened.aclose())
        self.runner.close()
        self.directory.cleanup()

    @rule(owner=OWNERS, run_id=RUN_IDS, batch=BATCHES)
    def append(self, owner: str, run_id: str, batch: list[str]) -> None:
        appended = self.runner.run(self.store.log.append(owner, run_id, [text(words) for words in batch]))
        first = self.last[owner] + 1
        assert appended == [entry(seq, run_id, text(words)) for seq, words in enumerate(batch, first)]
        self.entries[owner] += appended
        self.last[owner] += len(batch)

    @rule(owner=OWNERS, after=CURSORS, run_id=st.none() | RUN_IDS, limit=st.integers(0, 20))
    def read(self, owner: str, after: int, run_id: str | None, limit: int) -> None:
        expected = [e for e in self.entries[owner] if e.seq > after and run_id in {None, e.run_id}][:limit]
        assert self.runner.run(self.store.log.read(owner, after, run_id=run_id, limit=limit)) == expected

    @rule(owner=OWNERS, through=CURSORS)
    def trim(self, owner: str, through: int) -> None:
        self.runner.run(self.store.log.trim(owner, through))
        self.floor[owner] = max(self.floor[owner], min(through, self.last[owner]))
        self.entries[owner] = [e for e in self.entries[owner] if e.seq > self.floor[owner]]

    @rule(owner=OWNERS, run_ids=st.lists(RUN_IDS, max_size=2))
    def forget(self, owner: str, run_ids: list[str]) -> None:
        self.runner.run(self.store.log.forget(owner, run_ids))
        self.entries[owner] = [e for e in self.entries[owner] if e.run_id not in run_ids]

    @rule(owner=OWNERS, after=CURSORS)
    def wait(self, owner: str, after: int) -> None:
        assert self.runner.run(self.store.log.wait(owner, after, 0)) is (self.last[owner] > after)

    @rule()
    def reopen(self) -> None:
        if self.lasting:
            self.runner.run(self.opened.aclose())
            self.store = self.open()

    @invariant()
    def the_bounds_are_told(self) -> None:
        for owner in ("ada", "bob"):
            bounds = self.runner.run(self.store.log.bounds(owner))
            assert bounds == Bounds(floor=self.floor[owner], last=self.last[owner])


@pytest.mark.parametrize("name", list(KINDS))
def test_a_log_is_a_list_with_a_counter(name: str) -> None:
    class Machine(LogMachine):
        kind = staticmethod(KINDS[name])
        lasting = name in LASTING

    run_state_machine_as_test(Machine, settings=settings(max_examples=sizes.EXAMPLES, stateful_step_count=25))
