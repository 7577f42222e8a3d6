"""Both event streams over HTTP: frames, resuming, what a client hears, and what is said when something is lost."""

import random

import pytest

from jupyter_agent.server.cursor import FARTHEST
from tests import sizes
from tests.hosts.played import PlayedNotebook

from .client import Frame
from .conftest import calls, question, says
from .pages import PlayedPage


async def talk(client, *, run="run-1", thread="thread-1"):
    """One run to its end: its frames."""
    assert (await client.post("runs", question(run=run, thread=thread))).status == 202
    return await (await client.stream(f"runs/{run}/events")).rest()


class TestFrames:
    async def test_a_stream_is_never_kept_back_or_stored_on_the_way(self, client, play):
        play(says("Hi"))
        await client.post("runs", question(run="run-1"))
        stream = await client.stream("runs/run-1/events")
        assert stream.headers["content-type"] == "text/event-stream"
        assert stream.headers["cache-control"] == "no-store, no-transform"
        assert stream.headers["x-accel-buffering"] == "no"
        assert "content-encoding" not in stream.headers
        await stream.rest()
        assert stream.blocks[0] == "retry: 2000"
        assert {tuple(line.split(":")[0] for line in block.split("\n")) for block in stream.blocks[1:]} == {
            ("id", "data")
        }

    async def test_nothing_that_a_model_says_can_forge_a_frame(self, client, play):
        text = 'a\r\n\r\nid: 99\ndata: {"type":"RUN_ERROR"}\n\nevent: beat\x00\u2028\u2029\ufeff\x85'
        play(says(text))
        frames = await talk(client)
        assert "".join(frame.data.get("delta", "") for frame in frames) == text
        assert frames[-1].kind == "RUN_FINISHED"

    @pytest.fixture
    def agent_config(self):
        return {"data_dir": "", "heartbeat": 0.05}

    async def test_silence_is_broken_by_beats_without_an_id(self, client, play):
        play("hang")
        await client.post("runs", question(run="run-1"))
        stream = await client.stream("runs/run-1/events")
        assert [frame.kind for frame in await stream.until("RUN_STARTED")] == ["RUN_STARTED"]
        await stream.until("beat")
        await stream.until("beat")
        assert stream.blocks[-2:] == ["event: beat\ndata: {}"] * 2
        listening = await client.stream("events", client="c")
        await listening.until("beat")
        assert listening.blocks[-1] == "event: beat\ndata: {}"


class TestResuming:
    @pytest.mark.parametrize("place", ["{seq}", "{seq}:run-1", "{seq}:another-run"])
    @pytest.mark.parametrize("how", ["Last-Event-ID", "after"])
    async def test_a_reader_goes_on_after_what_it_has_read(self, client, play, place, how):
        play(says("one two three"))
        whole = await talk(client)
        for cut in range(len(whole) - 1):
            text = place.format(seq=whole[cut].seq)
            if how == "after":
                stream = await client.stream("runs/run-1/events", after=text)
            else:
                stream = await client.stream("runs/run-1/events", headers={"Last-Event-ID": text}, after=0)
            assert await stream.rest() == whole[cut + 1 :]

    async def test_a_finished_run_that_was_read_to_its_end_has_nothing_to_stream(self, client, play):
        play(says("Hi"))
        whole = await talk(client)
        answer = await client.get("runs/run-1/events", after=whole[-1].seq)
        assert (answer.status, answer.content) == (204, b"")
        await talk(client, run="run-2", thread="thread-2")
        assert (await client.get("runs/run-1/events", after=whole[-1].seq + 2)).status == 204

    async def test_reconnects_at_random_cuts_lose_double_and_disorder_nothing(self, client, play):
        play(*(says("word", name=f"message-{at}") for at in range(2 * sizes.RECONNECTS)))
        await client.post("runs", question(run="run-1"))
        chance = random.Random(7)
        read: list[Frame] = []
        reconnects = 0
        while not read or read[-1].kind != "RUN_FINISHED":
            stream = await client.stream("runs/run-1/events", after=read[-1].seq if read else 0)
            wanted = chance.randrange(1, 12)
            async for frame in stream:
                read.append(frame)
                wanted -= 1
                if not wanted:
                    break
            stream.leave()
            reconnects += 1
        assert reconnects >= sizes.RECONNECTS
        assert read == await (await client.stream("runs/run-1/events")).rest()
        assert [frame.seq for frame in read] == list(range(1, len(read) + 1))
        assert len(read) == 6 * sizes.RECONNECTS + 2

    async def test_live_and_replayed_are_the_same(self, client, play):
        play(calls("read_notebook"), says("Seen."))
        page = await PlayedPage(client, PlayedNotebook("a.ipynb", "x")).open()
        await client.post("runs", question(run="run-1", **page.page()))
        live = await (await client.stream("runs/run-1/events")).rest()
        assert await (await client.stream("runs/run-1/events")).rest() == live
        await page.hears("RUN_FINISHED")
        heard = [frame for frame in page.frames if frame.id]
        assert [(frame.id, frame.data) for frame in heard] == [(f"{frame.id}:run-1", frame.data) for frame in live]
        await page.close()


class TestLoss:
    async def test_what_was_trimmed_is_said_and_made_up_for_by_the_thread(self, client, play, house):
        play(says("Hi"))
        whole = await talk(client)
        log = (await house.life.service()).assistant.log
        await log.trim("local", whole[-2].seq)
        frames = await (await client.stream("runs/run-1/events", after=1)).rest()
        assert [frame.kind for frame in frames] == ["gap", "MESSAGES_SNAPSHOT", "RUN_FINISHED"]
        gap, snapshot, last = frames
        assert (gap.id, gap.data["value"]) == (None, {"from": 1, "to": whole[-2].seq})
        assert (snapshot.id, snapshot.data["metadata"]) == (
            str(whole[-2].seq),
            {"jupyter_agent": {"threadId": "thread-1"}},
        )
        assert [message["content"] for message in snapshot.data["messages"]] == ["Hello?", "Hi"]
        assert last == whole[-1]

    async def test_a_run_that_was_trimmed_whole_still_ends(self, client, play, house):
        play(says("Hi"))
        whole = await talk(client)
        log = (await house.life.service()).assistant.log
        await log.trim("local", whole[-1].seq)
        frames = await (await client.stream("runs/run-1/events")).rest()
        assert [frame.kind for frame in frames] == ["gap", "MESSAGES_SNAPSHOT"]

    @pytest.mark.parametrize("after", ["100000", str(FARTHEST), "9" * 30])
    async def test_a_place_that_this_log_never_had_is_a_gap(self, client, play, after):
        play(says("Hi"))
        whole = await talk(client)
        frames = await (await client.stream("runs/run-1/events", after=after)).rest()
        assert [frame.kind for frame in frames[:2]] == ["gap", "MESSAGES_SNAPSHOT"]
        assert frames[2:] == whole

    async def test_a_client_with_such_a_place_hears_of_the_gap_and_then_of_its_threads(self, client, play):
        play(says("Hi"))
        whole = await talk(client)
        page = PlayedPage(client, threads=["thread-1"])
        await page.open(after=10_000)
        await page.hears("MESSAGES_SNAPSHOT")
        [gap] = page.of("gap")
        assert gap.data["value"] == {"from": 10_000, "to": whole[-1].seq}
        await talk(client, run="run-2")
        assert (await page.hears("RUN_FINISHED")).data["runId"] == "run-2"
        await page.close()


class TestClient:
    async def test_it_begins_with_hello_and_at_the_present(self, client, play):
        play(says("Hi"))
        whole = await talk(client)
        stream = await client.stream("events", client="c")
        [hello] = await stream.until("hello")
        assert stream.blocks[0] == "retry: 2000"
        assert (hello.id, hello.data["value"]) == (None, {"cursor": whole[-1].seq, "runs": []})
        stream.leave()

    async def test_hello_names_the_runs_that_go_on(self, client, play):
        play("hang")
        await client.post("runs", question(run="run-1"))
        [hello] = await (await client.stream("events", client="c")).until("hello")
        assert hello.data["value"]["runs"] == [
            {"runId": "run-1", "threadId": "thread-1", "status": "running", "firstSeq": 1, "lastSeq": None}
        ]

    async def test_it_hears_its_pages_threads_whole_and_of_others_only_that_they_go_on(self, client, play):
        play(says("Hi"))
        mine = await PlayedPage(client, name="mine", threads=["thread-1"]).open()
        stranger = await PlayedPage(client, name="other", threads=["thread-2"]).open()
        await talk(client)
        await mine.hears("RUN_FINISHED")
        await stranger.hears("RUN_FINISHED")
        assert mine.kinds() == [
            "RUN_STARTED",
            "TEXT_MESSAGE_START",
            "TEXT_MESSAGE_CONTENT",
            "TEXT_MESSAGE_END",
            "RUN_FINISHED",
        ]
        assert stranger.kinds() == ["RUN_STARTED", "RUN_FINISHED"]
        await mine.close()
        await stranger.close()

    async def test_a_client_without_pages_hears_announcements(self, client, play):
        play(calls("insert_cell", '{"source": "x"}'))
        page = await PlayedPage(client, PlayedNotebook("a.ipynb")).open()
        stream = await client.stream("events", client="nobody")
        await stream.until("hello")
        await client.post("runs", question(run="run-1", **page.page()))
        asked = (await stream.until("input_requested"))[-1].data["value"]
        answer = {"requestId": asked["requestId"], "hash": asked["hash"], "decision": "deny"}
        await client.post("runs/run-1/inputs", answer)
        assert [frame.kind for frame in await stream.until("RUN_FINISHED")] == ["input_resolved", "RUN_FINISHED"]
        await page.close()

    async def test_an_action_reaches_its_page_whatever_threads_that_names(self, client, play):
        play(calls("read_notebook"))
        page = await PlayedPage(client, PlayedNotebook("a.ipynb", "x"), threads=["another"]).open()
        await client.post("runs", question(run="run-1", **page.page()))
        await page.hears("RUN_FINISHED")
        assert page.kinds() == ["RUN_STARTED", "action", "RUN_FINISHED"]
        assert page.reports == [204]
        await page.close()

    async def test_naming_a_thread_takes_effect_on_the_open_stream(self, client, play):
        play(says("Hi"))
        page = await PlayedPage(client, threads=[]).open()
        await talk(client, run="run-1")
        await page.hears("RUN_FINISHED")
        page.threads = ["thread-1"]
        await page.register()
        await talk(client, run="run-2")
        await page.hears("RUN_FINISHED", times=2)
        assert [frame.kind for frame in page.frames if frame.id and frame.id.endswith(":run-1")] == [
            "RUN_STARTED",
            "RUN_FINISHED",
        ]
        assert len([frame for frame in page.frames if frame.id and frame.id.endswith(":run-2")]) == 5
        await page.close()

    async def test_resuming_goes_on_after_the_last_frame(self, client, play):
        play(says("Hi"))
        page = await PlayedPage(client).open()
        await talk(client)
        first = await page.hears("TEXT_MESSAGE_START")
        await page.close()
        again = PlayedPage(client)
        await again.register()
        stream = await client.stream("events", headers={"Last-Event-ID": first.id}, client=again.client_id)
        frames = await stream.until("RUN_FINISHED")
        assert [frame.kind for frame in frames] == [
            "hello",
            "TEXT_MESSAGE_CONTENT",
            "TEXT_MESSAGE_END",
            "RUN_FINISHED",
        ]
        stream.leave()
