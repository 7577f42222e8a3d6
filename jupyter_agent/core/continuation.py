"""Going on after an interrupt: a restart ended a run that waited for a person, and the person has answered since."""

from __future__ import annotations

import asyncio
import logging

from .answers import resumption
from .clock import Clock
from .errors import RequestError, StoreError
from .records import Records, RunRecord
from .run import resolved
from .runner import Runner
from .thread import unanswered

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
        """The id of the run that goes on: a new one, or the ended one while something of it is still open."""
        now = self._clock.now()
        for request in await self._records.requests(ended.owner, run_id=ended.run_id):
            if request.state == "open" and request.expires_at <= now:
                await self._records.resolve_request(ended.owner, request.request_id, state="expired", answer=None)
        requests = await self._records.requests(ended.owner, run_id=ended.run_id)
        still_open = [request.expires_at for request in requests if request.state == "open"]
        if still_open:
            self._resume_later(ended, (min(still_open) - now) / 1000)
            return ended.run_id
        stored = await self._records.messages(ended.owner, ended.thread_id)
        record, start = resumption(ended, requests, [m.message for m in stored], instance=self._instance, now=now)
        with self._runner.starting(record.run_id):
            _, new = await self._records.start_run(record, title=None, notebook=None)
            if new:
                run = await self._runner.begin(record, start)
                for request in requests:
                    await run.emit(resolved(request.request_id, request.state))
        return record.run_id

    async def resumed(self, ended: RunRecord) -> str | None:
        """The id of the run that goes on, if everything is answered, something was allowed, and it is not long done."""
        if ended.status != "finished" or ended.outcome != "interrupt":
            return None
        requests = await self._records.requests(ended.owner, run_id=ended.run_id)
        if not any(request.state in {"approved", "edited", "answered"} for request in requests):
            return None
        stored = await self._records.messages(ended.owner, ended.thread_id)
        if {request.tool_call_id for request in requests}.isdisjoint(unanswered([m.message for m in stored])):
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
