"""Sending: from the body of a request to a run that has begun, in a thread in which something may wait for answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from ag_ui.core import RunAgentInput

from .clock import Clock
from .errors import Conflict, Invalid
from .images import keep
from .input import Accepted, Known, accept
from .pending import Pending, decisions, pending
from .policy import Mode
from .records import Records, RequestRecord, RunRecord
from .runner import Limits, Runner, Start
from .thread import NOT_DONE, results_for, unanswered


class Sending:
    """Starts the runs that a client asks for."""

    def __init__(
        self,
        *,
        records: Records,
        runner: Runner,
        clock: Clock,
        instance: str,
        limits: Limits,
        model: str,
        mode: Mode,
        offers: Callable[[str], bool],
    ) -> None:
        self._records = records
        self._runner = runner
        self._clock = clock
        self._instance = instance
        self._limits = limits
        self._model = model
        self._mode = mode
        self._offers = offers

    async def send(self, owner: str, body: RunAgentInput, *, waits: bool) -> RunRecord:
        """As Assistant.send, once. Raises Conflict("run-going-on") also while a dead process's run is in the way."""
        waiting = await pending(self._records, owner, body.thread_id)
        accepted = accept(body, self._known(waiting), self._limits.input_bytes)
        earlier = await self._records.run(owner, body.run_id)
        if earlier is not None:
            return _same(earlier, accepted)
        if any(message.id.startswith(f"{body.run_id}:") for message in waiting.messages):
            words = "runId: an id of a message of this conversation begins with it. Use a new run id."
            raise Invalid("field", words, field="runId")
        decided = await decisions(
            body.resume or (),
            partial(self._records.request, owner),
            thread_id=body.thread_id,
            check=self._runner.check,
            now=self._clock.now(),
        )
        # A result counts, even if the same request cancels its question.
        decided = list({one.request_id: one for one in [*decided, *self._brought(waiting, accepted)]}.values())
        if not accepted.users and not accepted.goes_on:
            raise Invalid("field", "messages: there is no new user message to answer.")
        record = self._new_run(owner, accepted, waiting.run if accepted.goes_on else None)
        accepted = await self._with_images(owner, accepted)
        record = replace(record, input=accepted.text)
        with self._runner.starting(record.run_id):
            stored, new = await self._records.start_run(
                record, title=accepted.title, notebook=accepted.binding.path, decided=decided
            )
            if not new:
                return _same(stored, accepted)
            # From here on the thread is this run's: nobody else goes on.
            closed = [*decided, *await self._close_requests(owner, body.thread_id)]
            start = Start(accepted=accepted, waits=waits)
            if accepted.goes_on:
                waiting = await pending(self._records, owner, body.thread_id, before=record.run_id)
                start = waiting.start(accepted.bringing(waiting.awaited), waits=waits)
            else:
                await self._close_calls(owner, body.thread_id)
            run = await self._runner.begin(record, start, closed)
        return run.record

    def _known(self, waiting: Pending) -> Known:
        return Known(
            tools=self._runner.tool_names,
            messages=frozenset(message.id for message in waiting.messages),
            awaited=waiting.awaited - waiting.taken,
            earlier=waiting.input,
        )

    def _new_run(self, owner: str, accepted: Accepted, parent: RunRecord | None) -> RunRecord:
        mode = self._mode_of(accepted, parent)
        if accepted.model is not None and not self._offers(accepted.model):
            raise Invalid("field", f"forwardedProps.jupyterAgent.model: {accepted.model[:80]!r} is not offered here.")
        return RunRecord(
            run_id=accepted.input.run_id,
            owner=owner,
            thread_id=accepted.input.thread_id,
            parent_run_id=accepted.input.parent_run_id,
            instance=self._instance,
            body_hash=accepted.hash,
            input=accepted.text,
            model=accepted.model or (parent.model if parent else self._model),
            mode=mode.value,
            started_at=self._clock.now(),
        )

    @staticmethod
    def _brought(waiting: Pending, accepted: Accepted) -> list[RequestRecord]:
        """The open requests that are answered by the results which came along."""
        brought = {message.tool_call_id: message.content for message in accepted.results}
        return [
            replace(request, state="answered", answer=json.dumps({"result": brought[request.tool_call_id]}))
            for request in waiting.still_open
            if request.kind == "tool" and request.tool_call_id in brought
        ]

    async def _close_requests(self, owner: str, thread_id: str) -> list[RequestRecord]:
        """Withdraw what is still open in the thread; as it ended, should an answer have come just now."""
        closed: list[RequestRecord] = []
        for request in await self._records.requests(owner, thread_id=thread_id):
            if request.state == "open":
                await self._records.resolve_request(owner, request.request_id, state="withdrawn", answer=None)
                closed.append(await self._records.request(owner, request.request_id) or request)
        return closed

    async def _close_calls(self, owner: str, thread_id: str) -> None:
        """A new question leaves what an ended run still waited for: its calls are answered "not done"."""
        stored = await self._records.messages(owner, thread_id)
        calls = unanswered([m.message for m in stored])
        if calls:
            await self._records.append_messages(
                owner, thread_id, stored[-1].run_id, results_for(calls, NOT_DONE, "stopped")
            )

    async def _with_images(self, owner: str, accepted: Accepted) -> Accepted:
        thread_id = accepted.input.thread_id
        kept = await keep(accepted.messages, accepted.images, owner=owner, thread_id=thread_id, records=self._records)
        return accepted.having(kept)

    def _mode_of(self, accepted: Accepted, parent: RunRecord | None) -> Mode:
        mode = accepted.mode or (parent.mode if parent else self._mode.value)
        if mode not in {allowed.value for allowed in self._limits.modes}:
            names = ", ".join(allowed.value for allowed in self._limits.modes)
            raise Invalid(
                "field", f"forwardedProps.jupyterAgent.mode: {mode!r} is not offered here. Choose one of: {names}."
            )
        return Mode(mode)


def _same(earlier: RunRecord, accepted: Accepted) -> RunRecord:
    if earlier.body_hash != accepted.hash:
        raise Conflict(
            "other-body", "A run with this id was started with another message. Use a new run id.", runId=earlier.run_id
        )
    return earlier
