"""Two real servers on one data directory: each ends only what a dead one left behind. No browser is needed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.e2e.lab import Lab
from tests.e2e.panel import write_script

API = "jupyter-agent/v1/"


def ask(lab: Lab, thread: str) -> str:
    """Start a run and return its id."""
    run_id = str(uuid4())
    body = {"threadId": thread, "runId": run_id, "messages": [{"id": str(uuid4()), "role": "user", "content": "Go"}]}
    with lab.request(API + "runs", method="POST", body=body) as response:
        assert response.status == 202
    return run_id


def get(lab: Lab, path: str) -> dict[str, Any]:
    with lab.request(API + path) as response:
        found: dict[str, Any] = json.load(response)
    return found


def until_said(lab: Lab, run: str, words: str) -> None:
    """Follow the run's stream until it says these words."""
    with lab.request(API + f"runs/{run}/events") as stream:
        for line in stream:
            if words in line.decode():
                return
    raise AssertionError(f"the stream ended without {words!r}")


def until(check: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 60
    while not check():
        assert time.monotonic() < give_up


def test_a_living_servers_run_is_left_alone_and_a_dead_ones_is_ended(
    start_lab: Callable[..., Lab], tmp_path: Path
) -> None:
    script = tmp_path / "script.json"
    write_script(script, [{"text": "Half."}, {"hang": True}])
    shared = {"JUPYTER_AGENT_DATA_DIR": str(tmp_path / "data"), "JUPYTER_AGENT_MODEL": f"scripted:{script}"}
    one, other = start_lab(environment=shared), start_lab(environment=shared)
    dying, living = ask(one, "first"), ask(other, "second")
    until_said(one, dying, "Half.")
    until_said(other, living, "Half.")
    for run in (dying, living):
        assert get(other, f"runs/{run}")["status"] == "running"
    one.kill()
    until(lambda: get(other, f"runs/{dying}")["status"] == "finished")
    ended = get(other, f"runs/{dying}")
    assert ended["outcome"] == "error"
    assert ended["error"]["code"] == "interrupted"
    assert get(other, "threads/first")["messages"][-1]["content"] == "Half."
    assert get(other, f"runs/{living}")["status"] == "running"
    one.start()
    assert get(one, f"runs/{living}")["status"] == "running"
    with other.request(API + f"runs/{living}", method="DELETE") as response:
        assert json.load(response)["outcome"] == "cancelled"


def test_a_store_that_cannot_be_opened_is_kept_and_said(start_lab: Callable[..., Lab], tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "assistant.sqlite3").write_bytes(b"this is no database at all" * 100)
    lab = start_lab(environment={"JUPYTER_AGENT_DATA_DIR": str(data)})
    health = get(lab, "health")
    assert health["status"] == "degraded"
    assert health["store"]["durable"] is False
    assert "assistant.sqlite3" in health["warnings"][0]
    until(lambda: get(lab, f"runs/{run}")["status"] == "finished") if (run := ask(lab, "t")) else None
    assert get(lab, "threads/t")["messages"][-1]["role"] == "assistant"
    assert (data / "assistant.sqlite3").read_bytes() == b"this is no database at all" * 100


def test_a_server_that_is_stopped_ends_its_streams_cleanly(start_lab: Callable[..., Lab], tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    write_script(script, [{"text": "Half."}, {"hang": True}])
    lab = start_lab(environment={"JUPYTER_AGENT_MODEL": f"scripted:{script}"})
    run = ask(lab, "t")
    until_said(lab, run, "Half.")
    with lab.request(API + f"runs/{run}/events") as stream:
        lab.stop()
        frames = stream.read().decode()
    assert frames.endswith("\n\n")
    last = json.loads(frames.strip().split("\n\n")[-1].partition("data: ")[2])
    assert (last["type"], last["code"]) == ("RUN_ERROR", "interrupted")
    lab.start()
    assert get(lab, f"runs/{run}")["outcome"] == "error"
