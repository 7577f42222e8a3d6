"""Unmodified HttpAgent: talk, tools of ours and of its own, approvals, errors, broken lines, a reader who leaves."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.hosts.played import PlayedNotebook

from .conftest import calls, says
from .pages import PlayedPage

STORIES = Path(__file__).parents[1] / "agui" / "stories.mjs"
Story = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def script(tmp_path) -> Callable[..., None]:
    """Says what the model does, turn by turn."""

    def write(*turns: list[dict[str, Any]]) -> None:
        (tmp_path / "script.json").write_text(json.dumps({"turns": turns}))

    return write


@pytest.fixture
def agent_config(tmp_path) -> dict[str, Any]:
    return {"data_dir": str(tmp_path / "agent"), "model": f"scripted:{tmp_path / 'script.json'}"}


@pytest.fixture
def tell(client) -> Story:
    """Has an application play a story of stories.mjs, and gives what it saw."""

    async def play_story(name: str, **given: Any) -> dict[str, Any]:
        headers = {name: value for name, value in client.headers.items() if value is not None}
        told = {"url": address(client.port), "headers": headers, "threadId": "thread-1", **given}
        process = await asyncio.create_subprocess_exec(
            node(), str(STORIES), name, json.dumps(told), stdout=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(60):
            output, _ = await process.communicate()
        assert process.returncode == 0
        story: dict[str, Any] = json.loads(output)
        return story

    def address(port: int) -> str:
        return f"http://127.0.0.1:{port}{client.base}agui"

    return play_story


def calling(tool: str, **arguments: Any) -> dict[str, Any]:
    return {"call": {"name": tool, "id": f"call-{uuid4().hex[:8]}", "arguments": arguments}}


async def test_it_talks_and_goes_on_with_the_thread(tell, script, client):
    script([{"text": "Hello there.", "chunk": 3}], [{"expect": "And now?"}, {"text": "Still here."}])
    story = await tell("talk")
    assert [seen["outcome"] for seen in story["runs"]] == ["success", "success"]
    assert [(message["role"], message["content"]) for message in story["messages"]] == [
        ("user", "Hello?"),
        ("assistant", "Hello there."),
        ("user", "And now?"),
        ("assistant", "Still here."),
    ]
    thread = (await client.get("threads/thread-1")).json
    assert [message["content"] for message in thread["messages"]] == [m["content"] for m in story["messages"]]


async def test_it_follows_an_agent_that_thinks_without_a_model(tell, play):
    play(calls("fly", '{"high": true}'), says("It cannot."))
    story = await tell("ask")
    assert story["messages"][1]["calls"] == [["fly", '{"high": true}']]
    assert story["messages"][2]["content"].startswith("There is no tool named 'fly'.")
    assert story["messages"][3]["content"] == "It cannot."


async def test_a_tool_of_the_server_is_called_and_its_result_comes_along(tell, script):
    script([calling("read_notebook")], [{"text": "There is none."}])
    story = await tell("ask")
    assert [message["role"] for message in story["messages"]] == ["user", "assistant", "tool", "assistant"]
    assert story["runs"][0]["pending"] == []


async def test_its_own_tools_are_carried_out_between_the_runs_and_told_once(tell, script):
    first, second = calling("paint", colour="red"), calling("paint", colour="blue")
    script([first, second], [{"expect": "done: "}, calling("paint", colour="green")], [{"text": "Painted."}])
    story = await tell("paint")
    assert [seen["outcome"] for seen in story["runs"]] == ["success"] * 3
    assert story["runs"][0]["pending"] == [first["call"]["id"], second["call"]["id"]]
    assert [message["role"] for message in story["messages"]] == [
        "user",
        "assistant",
        "tool",
        "tool",
        "assistant",
        "tool",
        "assistant",
    ]
    assert story["messages"][-1]["content"] == "Painted."


@pytest.mark.parametrize(
    ("answers", "ran", "told"),
    [
        ([{"approved": True}], ["1 + 1"], None),
        ([{"approved": False, "reason": "Not here."}], [], "They said: Not here."),
        ([None], [], "The question was withdrawn"),
        # The person's own code is shown once more before it runs: nothing runs that was not shown.
        ([{"approved": True, "editedArgs": {"source": "2 + 2", "run": True}}, {"approved": True}], ["2 + 2"], None),
    ],
)
async def test_an_approval_is_an_interrupt_and_its_answer_goes_on(tell, script, client, answers, ran, told):
    script([calling("insert_cell", source="1 + 1", run=True)], [{"text": "Done."}])
    notebook = PlayedNotebook("penguins.ipynb", "import pandas")
    page = await PlayedPage(client, notebook).open()
    story = await tell("approve", ours=page.page(), answers=answers)
    await page.close()
    interrupt = story["interrupts"][0]
    assert (interrupt["reason"], interrupt["message"]) == ("tool_call", "Insert a code cell at the end and run it")
    assert interrupt["metadata"]["jupyter_agent"]["exact"]["code"] == "1 + 1"
    assert [seen["outcome"] for seen in story["runs"]] == ["interrupt"] * len(answers) + ["success"]
    assert notebook.ran == ran
    assert story["left"] == 0
    assert told is None or told in story["messages"][2]["content"]
    assert story["messages"][-1]["content"] == "Done."


async def test_an_error_of_the_model_is_told_and_the_client_goes_on(tell, script, client):
    script([{"text": "I beg"}, {"error": "secret words"}])
    story = await tell("ask")
    seen = story["runs"][0]
    assert (seen["error"]["code"], "failed" in seen) == ("model", False)
    assert "secret" not in json.dumps(story)
    assert story["messages"][-1]["content"] == "I beg"


async def test_a_refusal_is_an_error_of_the_client_with_our_words(tell, script):
    script()
    story = await tell("ask", message="")
    failed = story["runs"][0]["failed"]
    assert failed["status"] == 400
    assert json.loads(failed["payload"])["detail"] == "messages: there is no new user message to answer."
    named = {"tools": [{"name": "read_notebook", "description": ""}]}
    story = await tell("ask", parameters=named)
    assert "read_notebook is a tool of this server" in story["runs"][0]["failed"]["message"]


async def test_a_reader_who_leaves_stops_nothing_and_finds_it_all_again(tell, script, client):
    script([{"text": "One two three four five.", "chunk": 4, "delay": 0.05}])
    story = await tell("abort")
    first, again = story["runs"]
    assert "RUN_FINISHED" not in first["events"]
    assert again["outcome"] == "success"
    assert story["messages"][-1]["content"] == "One two three four five."
    assert len((await client.get("threads/thread-1")).json["runs"]) == 1


async def test_a_line_that_breaks_loses_nothing(tell, script, client):
    script([{"text": "One two three four five.", "chunk": 4, "delay": 0.05}])
    async with cut_after(client.port, 1_500) as port:
        story = await tell("cut", cutUrl=f"http://127.0.0.1:{port}{client.base}agui")
    first, again = story["runs"]
    assert first["events"][0] == "RUN_STARTED"
    assert first["outcome"] is None
    assert first["failed"]["status"] is None
    assert again["outcome"] == "success"
    assert story["messages"][-1]["content"] == "One two three four five."
    assert len((await client.get("threads/thread-1")).json["runs"]) == 1


@contextlib.asynccontextmanager
async def cut_after(port: int, size: int) -> AsyncIterator[int]:
    """A line to `port` that breaks after so many bytes of the answer."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        asking = asyncio.ensure_future(pour(reader, far_writer, None))
        await pour(far_reader, writer, size)
        asking.cancel()
        writer.transport.abort()
        far_writer.transport.abort()

    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, size: int | None) -> None:
    while (size is None or size > 0) and (chunk := await reader.read(65_536 if size is None else size)):
        writer.write(chunk)
        await writer.drain()
        size = None if size is None else size - len(chunk)


def node() -> str:
    """The Node of the environment that runs the tests, else the machine's."""
    found = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
    assert found, "there is no node"
    return found
