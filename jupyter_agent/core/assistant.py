"""The front door: send, follow, answer, cancel, threads. Everything that a host offers is one of these verbs.

Rules of this room:
- A run belongs to the server, not to a connection: nothing here knows who is watching.
- One running run per thread, decided by the store in one transaction.
- Every run that this process starts is ended by this process, or, when it dies, by another one from the log.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ag_ui.core import RunAgentInput

from . import log as log_room
from .agent import Agent
from .answers import answerable, asked, decision, repeats, settled
from .clock import Clock
from .continuation import Continuation
from .errors import Conflict, GrammarError, NotFound, Unavailable
from .log import Entry, EventLog
from .notebook import Hosts
from .policy import Mode, Rule
from .records import Records, RunRecord
from .recovery import Instance, Sweeper
from .run import Ending, resolved
from .runner import Limits, Runner
from .sending import Sending
from .snapshot import run_json, sealed, thread_json, threads_json
from .tool import Result, Tool


class Assistant:
    """All threads and runs of one server process. Every method is by owner; look-ups of others' ids find nothing."""

    def __init__(
        self,
        *,
        log: EventLog,
        records: Records,
        clock: Clock,
        instance: Instance,
        agent: Agent,
        tools: Sequence[Tool],
        hosts: Hosts,
        limits: Limits | None = None,
        rules: Sequence[Rule] = (),
        model: str = "builtin",
        mode: Mode = Mode.MANUAL,
        offers: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self.log = log
        self.records = records
        self.limits = limits or Limits()
        self._clock = clock
        self._instance = instance
        self._runner = Runner(
            log=log,
            records=records,
            clock=clock,
            agent=agent,
            tools=tools,
            hosts=hosts,
            rules=rules,
            limits=self.limits,
        )
        self._sending = Sending(
            records=records,
            runner=self._runner,
            clock=clock,
            instance=instance.id,
            limits=self.limits,
            model=model,
            mode=mode,
            offers=offers,
        )
        self._closing = False
        self._sweeper = Sweeper(log=log, records=records, runner=self._runner, clock=clock, instance=instance)
        self._continuation = Continuation(records, self._runner, clock, instance.id)

    # Life

    async def open(self) -> None:
        """End what dead processes left behind, now and from time to time."""
        await self._sweeper.open(self.limits.sweep_seconds)

    async def close(self) -> None:
        """Take no more, and end every run cleanly: waiting ones as interrupted, to be answered after a restart."""
        self._closing = True
        self._sweeper.close()
        self._continuation.close()
        await self._runner.drain()

    @property
    def running(self) -> int:
        """Runs that go on in this process."""
        return len(self._runner.live)

    @property
    def trouble(self) -> str | None:
        """What is wrong with the store just now, in words for the person, or None."""
        return self._runner.trouble

    # send

    async def send(self, owner: str, body: RunAgentInput, *, waits: bool = True) -> RunRecord:
        """Start answering. The same id and body again starts nothing and returns the run as it is.

        The body may answer what the thread waits for: AG-UI's `resume`, results of the client's own tools. Then the run
        goes on from there, and what it leaves open is withdrawn. Without `waits` a run ends where it would wait for an
        answer, and the next body brings that.

        Raises Invalid (nothing new to answer, a field that does not fit), NotFound for an unknown question, Conflict
        ("run-going-on" with `runId`, "other-body", "request-answered", "request-expired"), Unavailable while closing.
        """
        self._must_be_open("Your message was not taken; send it again in a moment.")
        try:
            return await self._sending.send(owner, body, waits=waits)
        except Conflict as conflict:
            if conflict.kind == "other-body":
                raise
            # The run in the way may be a dead process's: end it now instead of at the next sweep. And what was answered
            # just now may have been answered by this very request, which is said twice.
            await self._sweeper.sweep()
            return await self._sending.send(owner, body, waits=waits)

    # follow

    def follow(
        self, owner: str, after: int, run_id: str | None = None, *, beat: float = 15.0
    ) -> AsyncIterator[list[Entry]]:
        """Replay from a cursor and go on live; an empty list after `beat` seconds of silence. Never ends by itself."""
        return log_room.follow(self.log, owner, after, run_id=run_id, beat=beat, clock=self._clock)

    async def run(self, owner: str, run_id: str) -> dict[str, Any]:
        """The status of a run as GET runs/{runId} shows it. Raises NotFound."""
        record = await sealed(self.log, await self._record(owner, run_id))
        return run_json(record, await self.records.requests(owner, run_id=run_id), self._clock.now())

    # answer

    async def answer(self, owner: str, run_id: str, body: Mapping[str, Any]) -> str:
        """Take the answer to an open request; the id of the run that goes on with it.

        That is another run where the asking one has ended meanwhile. Raises Invalid, NotFound, Conflict
        ("request-answered", "request-expired", "request-changed", each with `state`).
        """
        self._must_be_open("Your answer was not taken; give it again in a moment.")
        record = await self._record(owner, run_id)
        found = await self.records.request(owner, asked(body))
        try:
            request = answerable(found, run_id, self._clock.now())
        except Conflict:
            # What a crash kept from going on although it was answered so, goes on now.
            if found and repeats(found, body) and (resumed := await self._continuation.resumed(record)) is not None:
                return resumed
            raise
        state, answer = decision(request, body)
        if state == "edited":
            self._runner.check(request, body["arguments"])
        if not await self.records.resolve_request(owner, request.request_id, state=state, answer=answer):
            raise settled(await self.records.request(owner, request.request_id) or request)
        live = self._runner.live.get(run_id)
        if live is not None and live.ending is not None and live.ending.waits:
            await live.run.ended.wait()  # it ends in this very moment, and another goes on
        elif live is not None:
            # The run may have come to its end in this very moment; then there is nobody left to tell.
            with contextlib.suppress(GrammarError):
                await live.run.emit(resolved(request.request_id, state))
            live.asking.deliver(replace(request, state=state, answer=answer))
            return run_id
        record = await self._record(owner, run_id)
        if record.status == "finished":
            return await self._continuation.resume(record)
        return run_id  # another process carries this run out and will see the answer in the store

    # cancel

    async def cancel(self, owner: str, run_id: str) -> dict[str, Any]:
        """End a run. Returns when the model's connection is closed, a cell that we started is interrupted and the last
        event is written. Again: the same answer.
        """
        await self._runner.begun(run_id)  # a run in its first moment is in the records, or live, only after it
        record = await self._record(owner, run_id)
        await self._runner.begun(run_id)
        if (live := self._runner.live.get(run_id)) is not None:
            told = Result(content="Stopped by the person before it was done.", status="stopped")
            await self._runner.stop(live, Ending(outcome="cancelled", unfinished=told))
            return await self.run(owner, run_id)
        if record.status != "finished":
            await self._sweeper.sweep()
            record = await self._record(owner, run_id)
        if record.status != "finished":
            raise Conflict(
                "run-elsewhere", "Another server process carries out this run. Stop it in the window it came from."
            )
        return await self.run(owner, run_id)

    # threads

    async def threads(
        self, owner: str, query: str | None = None, notebook: str | None = None, limit: int = 50
    ) -> dict[str, Any]:
        """Summaries, newest first."""
        return threads_json(await self.records.threads(owner, query=query, notebook=notebook, limit=limit))

    async def thread(self, owner: str, thread_id: str) -> dict[str, Any]:
        """The thread as GET threads/{threadId} shows it, with the cursor to follow from. Raises NotFound."""
        return await thread_json(self.records, self.log, owner, thread_id, self._clock.now())

    async def rename(self, owner: str, thread_id: str, title: str) -> dict[str, Any]:
        """Raises NotFound."""
        if not await self.records.rename_thread(owner, thread_id, title):
            raise NotFound("unknown-thread", "There is no conversation with this id.")
        return await self.thread(owner, thread_id)

    async def delete(self, owner: str, thread_id: str) -> None:
        """For good: messages, runs, events, blobs. Raises NotFound, Conflict while a run goes on."""
        if await self.records.thread(owner, thread_id) is None:
            raise NotFound("unknown-thread", "There is no conversation with this id.")
        for live in list(self._runner.live.values()):
            # Its last event was read, and only a note in the records is missing: that is no reason to refuse.
            if (live.run.owner, live.run.record.thread_id) == (owner, thread_id) and live.run.complete:
                await live.run.ended.wait()
        await self.log.forget(owner, await self.records.delete_thread(owner, thread_id))

    # Inside

    def _must_be_open(self, otherwise: str) -> None:
        if self._closing:
            raise Unavailable("draining", f"The server is shutting down. {otherwise}")

    async def _record(self, owner: str, run_id: str) -> RunRecord:
        record = await self.records.run(owner, run_id)
        if record is None:
            raise NotFound("unknown-run", "There is no run with this id.")
        return record
