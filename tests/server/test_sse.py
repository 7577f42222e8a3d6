"""How frames are written, and what a stream says and when, on a clock that is turned by hand."""

import asyncio
import json
from collections.abc import Iterator

import pytest
from ag_ui.core import RunFinishedEvent, RunStartedEvent, TextMessageContentEvent
from hypothesis import given
from hypothesis import strategies as st

from jupyter_agent.core.clock import ManualClock
from jupyter_agent.core.errors import Invalid
from jupyter_agent.core.records import RunRecord
from jupyter_agent.hosts.pages import Pages
from jupyter_agent.server.cursor import FARTHEST, parse_cursor, write_cursor
from jupyter_agent.server.sse import BEAT, Streams, frame
from jupyter_agent.stores.memory import MemoryStore


def dispatched(stream: bytes) -> Iterator[tuple[str, str, str]]:
    """(event, data, last event id) of each event that a browser dispatches: the algorithm of the HTML standard."""
    text = stream.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    event, last_id = "", ""
    data: list[str] = []
    for line in text.split("\n")[:-1]:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                yield event or "message", "\n".join(data), last_id
            event, data = "", []
        elif name == "data":
            data.append(value)
        elif name == "event":
            event = value
        elif name == "id" and "\0" not in value:
            last_id = value


class TestFrame:
    def test_a_frame_is_an_id_and_one_line_of_data(self):
        assert frame('{"type":"RAW"}', "7:run") == b'id: 7:run\ndata: {"type":"RAW"}\n\n'
        assert frame("{}") == b"data: {}\n\n"

    @given(st.lists(st.tuples(st.text(st.characters()), st.integers(1), st.text(st.characters())), max_size=5))
    def test_whatever_it_holds_a_browser_reads_just_that(self, said):
        stream = b"".join(
            frame(json.dumps({"text": text}, ensure_ascii=False), write_cursor(seq, run)) for text, seq, run in said
        )
        read = list(dispatched(stream))
        assert [event for event, _, _ in read] == ["message"] * len(said)
        texts = [text.encode("utf-8", "replace").decode() for text, _, _ in said]
        assert [json.loads(data)["text"] for _, data, _ in read] == texts
        assert [parse_cursor(last_id, "id") for _, _, last_id in read] == [min(seq, FARTHEST) for _, seq, _ in said]

    def test_a_line_break_between_tokens_does_not_break_the_line(self):
        [(_, data, _)] = dispatched(frame('{\r\n"a":\r1}', "1"))
        assert json.loads(data) == {"a": 1}


class TestCursor:
    def test_both_forms_name_the_same_place(self):
        assert parse_cursor("12", "after") == parse_cursor("12:run-1", "after") == parse_cursor("0012:", "after") == 12

    def test_a_place_beyond_all_logs_is_one_that_we_do_not_have(self):
        assert parse_cursor("9" * 60, "after") == FARTHEST

    @given(st.text())
    def test_every_text_is_a_place_or_a_refusal(self, text):
        try:
            assert 0 <= parse_cursor(text, "after") <= FARTHEST
        except Invalid as refusal:
            assert str(refusal).startswith("after: ")  # noqa: PT017 - either ending is a good one

    def test_an_id_is_ascii_whatever_the_run_is_called(self):
        assert write_cursor(3, "r\u00fcn\n") == "3"
        assert write_cursor(3, "run") == "3:run"


def started(run_id: str, thread_id: str) -> RunStartedEvent:
    return RunStartedEvent(thread_id=thread_id, run_id=run_id)


def record(run_id: str, thread_id: str) -> RunRecord:
    return RunRecord(
        run_id=run_id,
        owner="me",
        thread_id=thread_id,
        parent_run_id=None,
        instance="i",
        body_hash="h",
        input="{}",
        model="builtin",
        mode="manual",
    )


class Line:
    """A stream that is being read, chunk by chunk."""

    def __init__(self, stream) -> None:
        self.stream = stream
        self.read: list[str] = []
        self.task = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        async for chunk in self.stream:
            self.read += [data if event == "message" else event for event, data, _ in dispatched(chunk)]

    def kinds(self) -> list[str]:
        read = [{"name": "beat"} if text == "beat" else json.loads(text) for text in self.read]
        return [event.get("name") or event["type"] for event in read]


async def settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


class Studio:
    def __init__(self) -> None:
        self.clock = ManualClock()
        self.store = MemoryStore(self.clock)
        self.pages = Pages(self.store.records, self.clock)
        self.stop = asyncio.Event()
        self.streams = Streams(
            log=self.store.log, records=self.store.records, audience=self.pages, clock=self.clock, heartbeat=15
        )

    async def begin(self, run_id: str, thread_id: str) -> None:
        await self.store.records.start_run(record(run_id, thread_id), title=None, notebook=None)
        [entry] = await self.store.log.append("me", run_id, [started(run_id, thread_id)])
        await self.store.records.mark_run(run_id, first_seq=entry.seq)

    async def say(self, run_id: str) -> None:
        await self.store.log.append("me", run_id, [TextMessageContentEvent(message_id="m", delta="x")])
        await settle()

    async def pass_time(self, seconds: float) -> None:
        await settle()
        await self.clock.advance(seconds)
        await settle()


@pytest.fixture
def studio() -> Studio:
    return Studio()


class TestBeats:
    async def test_silence_is_broken_every_fifteen_seconds(self, studio):
        await studio.begin("run-1", "t")
        line = Line(studio.streams.run("me", "run-1", None, studio.stop))
        for _ in range(3):
            await studio.pass_time(15)
        assert line.kinds() == ["RUN_STARTED", "beat", "beat", "beat"]
        await studio.say("run-1")
        await studio.pass_time(14)
        assert line.kinds()[-1] == "TEXT_MESSAGE_CONTENT"
        studio.stop.set()
        await line.task

    async def test_a_busy_log_of_other_runs_is_silence_to_the_stream_of_one(self, studio):
        await studio.begin("run-1", "t")
        await studio.begin("run-2", "u")
        line = Line(studio.streams.run("me", "run-1", None, studio.stop))
        for _ in range(16):
            await studio.say("run-2")
            await studio.pass_time(1)
        assert line.kinds() == ["RUN_STARTED", "beat"]
        studio.stop.set()
        await line.task

    async def test_what_a_client_does_not_hear_is_silence_to_it(self, studio):
        await studio.begin("run-1", "t")
        line = Line(studio.streams.client("me", "nobody", None, studio.stop))
        for _ in range(16):
            await studio.pass_time(1)
            await studio.say("run-1")
        assert line.kinds() == ["jupyter_agent.hello", "beat"]
        studio.stop.set()
        await line.task


class TestHello:
    async def test_a_run_whose_last_event_is_history_does_not_go_on(self, studio):
        await studio.begin("run-1", "t")
        await studio.begin("run-2", "u")
        for _ in range(40):
            await studio.say("run-1")
        await studio.store.records.settle_run("run-1", outcome="success", messages=[], finished_at=1)
        line = Line(studio.streams.client("me", "c", None, studio.stop))
        await settle()
        runs = json.loads(line.read[0])["value"]["runs"]
        assert [run["runId"] for run in runs] == ["run-1", "run-2"]

        await studio.store.log.append("me", "run-1", [RunFinishedEvent(thread_id="t", run_id="run-1")])
        again = Line(studio.streams.client("me", "c", None, studio.stop))
        await settle()
        assert [run["runId"] for run in json.loads(again.read[0])["value"]["runs"]] == ["run-2"]
        studio.stop.set()
        await asyncio.wait({line.task, again.task})


class TestEnds:
    async def test_a_stop_comes_after_what_the_log_holds(self, studio):
        await studio.begin("run-1", "t")
        for _ in range(100):
            await studio.say("run-1")
        studio.stop.set()
        line = Line(studio.streams.run("me", "run-1", None, studio.stop))
        await line.task
        assert line.kinds() == ["RUN_STARTED"] + ["TEXT_MESSAGE_CONTENT"] * 100

    async def test_a_run_that_is_deleted_ends_its_streams(self, studio):
        await studio.begin("run-1", "t")
        line = Line(studio.streams.run("me", "run-1", None, studio.stop))
        await settle()
        await studio.store.records.settle_run("run-1", outcome="success", messages=[], finished_at=1)
        await studio.store.records.seal_run("run-1", 99)
        await studio.store.log.forget("me", await studio.store.records.delete_thread("me", "t"))
        await studio.pass_time(15)
        assert line.task.done()
        assert line.kinds() == ["RUN_STARTED"]

    async def test_a_client_is_connected_for_as_long_as_it_is_read(self, studio):
        await studio.pages.put("me", "page", {"clientId": "c"})
        assert not studio.pages.reachable("me", "page")
        line = Line(studio.streams.client("me", "c", None, studio.stop))
        await settle()
        assert studio.pages.reachable("me", "page")
        line.task.cancel()
        await asyncio.wait({line.task})
        await line.stream.aclose()
        assert not studio.pages.reachable("me", "page")


def test_a_beat_can_be_seen_by_scripts_and_moves_no_cursor():
    assert list(dispatched(BEAT)) == [("beat", "{}", "")]
