"""Threads and runs as the protocol shows them: JSON values made from records, nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from .asking import request_json
from .errors import NotFound
from .events import LAST
from .log import EventLog
from .records import Records, RequestRecord, RunRecord, ThreadRecord
from .run import total_cost
from .thread import dump_messages


def run_json(record: RunRecord, requests: Sequence[RequestRecord], now: int) -> dict[str, Any]:
    """GET runs/{runId}. A run whose last event is not in the log yet still counts as going on."""
    waiting = [request for request in requests if request.state == "open" and request.expires_at > now]
    over = record.status == "finished" and record.last_seq is not None
    status = "finished" if over else "waiting" if waiting else "running"
    used = json.loads(record.usage) if record.usage else []
    error = {"code": record.error_code, "message": record.error_message} if record.outcome == "error" else None
    return {
        "runId": record.run_id,
        "threadId": record.thread_id,
        "parentRunId": record.parent_run_id,
        "status": status,
        "outcome": record.outcome,
        "error": error,
        "waitingFor": [request_json(request) for request in waiting],
        "firstSeq": record.first_seq,
        "lastSeq": record.last_seq,
        "model": record.model,
        "mode": record.mode,
        "usage": [{key: value for key, value in entry.items() if key != "cost"} for entry in used] or None,
        "cost": total_cost(entry.get("cost") for entry in used),
        "startedAt": record.started_at,
        "finishedAt": record.finished_at,
    }


async def thread_json(records: Records, log: EventLog, owner: str, thread_id: str, now: int) -> dict[str, Any]:
    """GET threads/{threadId}: what is settled, and the cursor from which the log tells the rest.

    The cursor is read before the messages: a run that settles in between is in the snapshot and marked as finished with
    its last seq, so a client drops its events instead of showing them twice.
    """
    cursor = (await log.bounds(owner)).last
    record = await records.thread(owner, thread_id)
    if record is None:
        raise NotFound("unknown-thread", "There is no conversation with this id.")
    runs = [await sealed(log, run) for run in await records.runs(owner, thread_id)]
    going_on = {run.run_id for run in runs if run.last_seq is None}
    stored = [m for m in await records.messages(owner, thread_id) if m.run_id not in going_on]
    asked = await records.requests(owner, thread_id=thread_id)
    requests = [request for request in asked if request.state == "open" and request.expires_at > now]
    first = [run.first_seq for run in runs if run.run_id in going_on and run.first_seq is not None]
    return {
        **_summary(record),
        "messages": dump_messages([m.message for m in stored]),
        "messageRuns": {m.message.id: m.run_id for m in stored},
        "runs": [{key: value for key, value in run_json(run, (), now).items() if key != "waitingFor"} for run in runs],
        "requests": [request_json(request) for request in requests],
        "cursor": min([cursor, *(seq - 1 for seq in first)]),
    }


async def sealed(log: EventLog, run: RunRecord) -> RunRecord:
    """A run that is settled and said its last event a moment ago counts as sealed, although nobody has noted it yet."""
    if run.status != "finished" or run.last_seq is not None or run.first_seq is None:
        return run
    after = run.first_seq - 1
    while batch := await log.read(run.owner, after, run_id=run.run_id):
        after = batch[-1].seq
        if batch[-1].type in LAST:
            return replace(run, last_seq=after)
    return run


def threads_json(found: Sequence[tuple[ThreadRecord, str, str | None]]) -> dict[str, Any]:
    """GET threads."""
    return {
        "threads": [{**_summary(record), "preview": preview, "running": running} for record, preview, running in found]
    }


def _summary(record: ThreadRecord) -> dict[str, Any]:
    return {
        "threadId": record.thread_id,
        "title": record.title,
        "notebook": record.notebook,
        "createdAt": record.created_at,
        "updatedAt": record.updated_at,
    }
