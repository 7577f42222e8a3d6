"""Ending runs whose process has died, from what the log and the records still hold."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from ag_ui.core import RunAgentInput, RunStartedEvent

from .asking import waiting, withdraw
from .clock import Clock
from .errors import StoreError
from .events import decode
from .log import EventLog
from .records import ActionRecord, Records, RequestRecord, RunRecord
from .run import CUT_SHORT, Ending, Run, resolved
from .runner import Runner
from .thread import unanswered

_logger = logging.getLogger("jupyter_agent")


class Instance(Protocol):
    """One server process among those that share a store: the one we are."""

    @property
    def id(self) -> str: ...

    def alive(self, other: str) -> bool:
        """Whether the process with that instance id still lives. May touch the disk."""
        ...


class Sweeper:
    """Ends runs that nobody carries out: those of dead processes, and ours that the store did not let us end."""

    def __init__(self, *, log: EventLog, records: Records, runner: Runner, clock: Clock, instance: Instance) -> None:
        self._log = log
        self._records = records
        self._runner = runner
        self._clock = clock
        self._instance = instance
        self._one_at_a_time = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def open(self, seconds: float) -> None:
        """Sweep now, and again every so many seconds."""
        await self.sweep()
        self._task = asyncio.get_running_loop().create_task(self._sweep_for_ever(seconds))

    def close(self) -> None:
        """Sweep no more."""
        if self._task is not None:
            self._task.cancel()

    async def sweep(self) -> None:
        """Look for such runs, and end them. Raises StoreError."""
        async with self._one_at_a_time:
            for record in await self._records.unsealed():
                if await self._is_carried_out(record):
                    continue
                _logger.info("nobody carries out run %s any more: ending it", record.run_id)
                await recover(
                    record,
                    new_run=self._runner.new_run,
                    log=self._log,
                    records=self._records,
                    instance=self._instance.id,
                    clock=self._clock,
                )
            self._runner.trouble = None

    async def _is_carried_out(self, record: RunRecord) -> bool:
        if record.instance == self._instance.id:
            return self._runner.carries_out(record.run_id)
        return await asyncio.get_running_loop().run_in_executor(None, self._instance.alive, record.instance)

    async def _sweep_for_ever(self, seconds: float) -> None:
        while True:
            await self._clock.sleep(seconds)
            try:
                await self.sweep()
            except StoreError:
                _logger.warning("could not look for runs that nobody carries out", exc_info=True)


async def recover(
    record: RunRecord,
    *,
    new_run: Callable[[RunRecord, Sequence[str]], Run],
    log: EventLog,
    records: Records,
    instance: str,
    clock: Clock,
) -> None:
    """End one run of a dead process, exactly as its own process would have ended it.

    A call that was begun and never reported may have taken effect: it is told "outcome unknown", and it is never begun
    again. A run that only waited for a person ends with the interrupt outcome: the answer still starts it anew.
    """
    if not await records.adopt_run(record.run_id, dead=record.instance, instance=instance):
        return  # another process was quicker
    run = new_run(record, await _adopted(records, record))
    entries = await _entries(log, record)
    run.restore([decode(text) for _, text in entries])
    if entries:
        run.last_seq = entries[-1][0]
    if not run.started:
        await run.emit(
            RunStartedEvent(
                thread_id=record.thread_id, run_id=record.run_id, input=RunAgentInput.model_validate_json(record.input)
            )
        )
        run.record = replace(run.record, first_seq=run.last_seq)
        await records.mark_run(record.run_id, first_seq=run.last_seq)
    offered = [a for a in await records.actions(record.owner, record.run_id) if a.state == "offered"]
    requests = await records.requests(record.owner, thread_id=record.thread_id)
    await run.finish(await _ending(run, records, offered, requests, clock))


async def _adopted(records: Records, record: RunRecord) -> list[str]:
    """Calls of earlier runs that this one was to answer, if it went on after an interrupt."""
    stored = await records.messages(record.owner, record.thread_id)
    return unanswered([m.message for m in stored if m.run_id != record.run_id])


async def _entries(log: EventLog, record: RunRecord) -> list[tuple[int, str]]:
    entries: list[tuple[int, str]] = []
    after = (record.first_seq or 1) - 1
    while batch := await log.read(record.owner, after, run_id=record.run_id):
        entries += [(entry.seq, entry.data) for entry in batch]
        after = batch[-1].seq
    return entries


async def _ending(
    run: Run, records: Records, offered: list[ActionRecord], requests: list[RequestRecord], clock: Clock
) -> Ending:
    record = run.record
    if record.status == "finished" and record.outcome is not None:
        # It was settled, and only the last event is missing: say what was settled.
        left = [r for r in requests if r.run_id == record.run_id and r.tool_call_id in run.unanswered()]
        if left:
            return waiting(left)
        return Ending(outcome=record.outcome, code=record.error_code, message=record.error_message)
    for action in offered:
        await records.resolve_action(record.owner, action.action_id, state="unknown", result=None)
    begun = await records.begun_effects(record.owner, record.thread_id)
    in_doubt = frozenset(call for call in run.unanswered() if call in begun)
    still_open = [request for request in requests if request.state == "open"]
    kept = [r for r in still_open if r.run_id == record.run_id and r.expires_at > clock.now()]
    if kept and not in_doubt and not run.complete:
        return waiting(kept)
    # What an earlier run had asked ends too: this one took its place.
    for request_id in await withdraw(records, still_open):
        if not run.complete:
            await run.emit(resolved(request_id, "withdrawn"))
    return Ending(
        outcome="error",
        code="interrupted",
        message=CUT_SHORT,
        in_doubt=in_doubt,
    )
