"""Going on after an interrupt: a run ended while it waited for an answer, and it was answered since."""

from __future__ import annotations

import asyncio
import logging
from uuid import NAMESPACE_URL, uuid5

from ag_ui.core import ResumeEntry

from .clock import Clock
from .errors import Conflict, RequestError, StoreError
from .input import Accepted, adopt
from .pending import pending
from .records import Records, RequestRecord, RunRecord
from .runner import Runner

_log = logging.getLogger("jupyter_agent")


class Continuation:
    """Starts the run that goes on, once nothing of the interrupted one waits any more; one for each interrupted run."""

    def __init__(self, records: Records, runner: Runner, clock: Clock, instance: str) -> None:
        self._records = records
        self._runner = runner
        self._clock = clock
        self._instance = instance
        self._expiring: dict[str, asyncio.Task[None]] = {}

    async def resume(self, ended: RunRecord) -> str:
        """The id of the run that goes on: a new one, or the ended one while something of it is still open.

        It follows from the ended run's, so that two answers that arrive together start one run.
        """
        now, run_id = self._clock.now(), str(uuid5(NAMESPACE_URL, f"jupyter-agent:resume:{ended.run_id}"))
        for request in await self._records.requests(ended.owner, run_id=ended.run_id):
            if request.state == "open" and request.expires_at <= now:
                await self._records.resolve_request(ended.owner, request.request_id, state="expired", answer=None)
        waiting = await pending(self._records, ended.owner, ended.thread_id)
        if waiting.run is None or waiting.run.run_id != ended.run_id or not waiting.calls:
            return await self._later(ended)
        if waiting.still_open:
            self._resume_later(ended, (min(request.expires_at for request in waiting.still_open) - now) / 1000)
            return ended.run_id
        asked = [request for request in waiting.requests if request.run_id == ended.run_id]
        accepted = adopt(ended, run_id, [_entry(request) for request in asked if request.kind != "tool"])
        record = going_on(ended, accepted, instance=self._instance, now=now)
        with self._runner.starting(run_id):
            try:
                _, new = await self._records.start_run(record, title=None, notebook=None)
            except Conflict as conflict:  # another run of the thread was quicker
                return str(conflict.extras["runId"])
            if new:
                await self._runner.begin(record, waiting.start(accepted), asked)
        return run_id

    async def resumed(self, ended: RunRecord) -> str | None:
        """The id of the run that goes on, if everything is answered, something was allowed, and it is not long done."""
        waiting = await pending(self._records, ended.owner, ended.thread_id)
        if waiting.run is None or waiting.run.run_id != ended.run_id:
            return None
        if not any(request.state in {"approved", "edited", "answered"} for request in waiting.requests):
            return None
        run_id = await self.resume(ended)
        return None if run_id == ended.run_id else run_id

    def close(self) -> None:
        """Wait for nothing any more."""
        for task in self._expiring.values():
            task.cancel()

    def _resume_later(self, ended: RunRecord, seconds: float) -> None:
        """What was allowed goes on when the rest has expired, also if nobody says anything any more."""

        async def wait() -> None:
            await self._clock.sleep(seconds)
            self._expiring.pop(ended.run_id, None)
            try:
                await self.resumed(ended)
            except (RequestError, StoreError):
                _log.warning("run %s could not go on", ended.run_id, exc_info=True)

        if ended.run_id not in self._expiring:
            self._expiring[ended.run_id] = asyncio.get_running_loop().create_task(wait())

    async def _later(self, ended: RunRecord) -> str:
        """The run that has gone on from the ended one already, or the ended one where none has."""
        runs = await self._records.runs(ended.owner, ended.thread_id)
        return next((run.run_id for run in runs if run.parent_run_id == ended.run_id), ended.run_id)


def going_on(ended: RunRecord, accepted: Accepted, *, instance: str, now: int) -> RunRecord:
    """The record of a run that goes on where `ended` was interrupted."""
    return RunRecord(
        run_id=accepted.input.run_id,
        owner=ended.owner,
        thread_id=ended.thread_id,
        parent_run_id=ended.run_id,
        instance=instance,
        body_hash=accepted.hash,
        input=accepted.text,
        model=ended.model,
        mode=ended.mode,
        started_at=now,
    )


def _entry(request: RequestRecord) -> ResumeEntry:
    answered = request.state in {"approved", "edited", "answered"}
    return ResumeEntry(
        interrupt_id=request.request_id,
        status="resolved" if answered else "cancelled",
        payload={"decision": request.state},
    )
