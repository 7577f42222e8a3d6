"""Every endpoint of the contract, over HTTP: what it answers when all is well."""

import asyncio
from uuid import uuid4

import pytest

from tests.hosts.played import PlayedNotebook

from .conftest import calls, question, says
from .pages import PlayedPage


class TestAbout:
    async def test_health_says_enough_to_see_what_is_wrong(self, client, agent_config):
        answer = await client.get("health")
        assert answer.status == 200
        assert answer.json == {
            "status": "ok",
            "version": "0.1.0",
            "model": "builtin",
            "store": {
                "kind": "sqlite",
                "path": f"{agent_config['data_dir']}/assistant.sqlite3",
                "journal": "wal",
                "durable": True,
                "message": None,
            },
            "runs": {"running": 0},
            "warnings": [],
        }

    async def test_capabilities_are_ag_ui_s_and_ours(self, client):
        body = (await client.get("capabilities")).json
        assert body["transport"] == {
            "streaming": True,
            "websocket": False,
            "httpBinary": False,
            "pushNotifications": False,
            "resumable": True,
        }
        ours = body["jupyterAgent"]
        assert [model["id"] for model in ours["models"] if model["available"]] == ["builtin"]
        assert ours["model"] == "builtin"
        assert [mode["id"] for mode in ours["modes"]] == ["manual", "plan"]
        assert ours["mode"] == "manual"
        assert ours["limits"] == {"bodyBytes": 1_000_000, "eventBytes": 256_000, "approvalSeconds": 600.0}


class TestRuns:
    async def test_a_message_is_answered_on_its_run_s_stream(self, client, play):
        play(says("Hello there"))
        asked = question("Hello?", run="run-1")
        started = await client.post("runs", asked)
        assert (started.status, started.json) == (202, {"threadId": "thread-1", "runId": "run-1"})

        frames = await (await client.stream("runs/run-1/events")).rest()

        assert [frame.kind for frame in frames][:2] == ["RUN_STARTED", "TEXT_MESSAGE_START"]
        assert "".join(frame.data["delta"] for frame in frames if "delta" in frame.data) == "Hello there"
        assert [frame.kind for frame in frames][-2:] == ["TEXT_MESSAGE_END", "RUN_FINISHED"]
        assert frames[-1].data["outcome"] == {"type": "success"}
        assert frames[0].data["input"]["messages"] == asked["messages"]
        assert [frame.id for frame in frames] == [str(seq) for seq in range(1, len(frames) + 1)]

    async def test_a_finished_run_says_how_it_ended(self, client, play):
        play(says("Hello"))
        await client.post("runs", question(run="run-1"))
        frames = await (await client.stream("runs/run-1/events")).rest()
        run = (await client.get("runs/run-1")).json
        assert run.pop("startedAt") <= run.pop("finishedAt")
        assert run == {
            "runId": "run-1",
            "threadId": "thread-1",
            "parentRunId": None,
            "status": "finished",
            "outcome": "success",
            "error": None,
            "waitingFor": [],
            "firstSeq": 1,
            "lastSeq": frames[-1].seq,
            "model": "builtin",
            "mode": "manual",
            "usage": None,
            "cost": None,
        }

    async def test_the_same_run_again_starts_nothing(self, client, play):
        agent = play("hang")
        asked = question(run="run-1")
        first, again = await client.post("runs", asked), await client.post("runs", asked)
        assert (first.status, first.json) == (again.status, again.json)
        await client.request("DELETE", "runs/run-1")
        after = await client.post("runs", asked)
        assert (after.status, after.json) == (202, first.json)
        assert len(agent.contexts) == 1

    async def test_cancelling_ends_the_run_before_it_answers_and_again_says_the_same(self, client, play):
        agent = play(says("Hello")[0], "hang")
        await client.post("runs", question(run="run-1"))
        stream = await client.stream("runs/run-1/events")
        await stream.until("TEXT_MESSAGE_START")

        first = await client.request("DELETE", "runs/run-1")

        assert (first.status, first.json["outcome"], agent.closed) == (202, "cancelled", 1)
        assert [frame.kind for frame in await stream.rest()] == ["TEXT_MESSAGE_END", "RUN_FINISHED"]
        again = await client.request("DELETE", "runs/run-1")
        assert (again.status, again.json) == (first.status, first.json)

    async def test_an_approval_is_shown_answered_and_done(self, client, play):
        play(calls("insert_cell", '{"source": "1 + 1", "run": true}'), says("Done."))
        notebook = PlayedNotebook("penguins.ipynb", "import pandas")
        page = await PlayedPage(client, notebook).open()
        await client.post("runs", question(run="run-1", **page.page()))
        asked = (await page.hears("input_requested")).data["value"]
        assert asked["exact"]["code"] == "1 + 1"
        assert asked["exact"]["title"] == "Insert a code cell at the end and run it"
        assert asked["risk"] == "run"
        waiting = (await client.get("runs/run-1")).json
        assert (waiting["status"], waiting["waitingFor"]) == ("waiting", [asked])
        assert len(notebook.cells) == 1

        answer = {"requestId": asked["requestId"], "hash": asked["hash"], "decision": "approve"}
        answered = await client.post("runs/run-1/inputs", answer)

        assert (answered.status, answered.json) == (202, {"runId": "run-1"})
        await page.hears("RUN_FINISHED")
        assert notebook.ran == ["1 + 1"]
        assert (await page.hears("TOOL_CALL_RESULT")).data["metadata"]["jupyter_agent"]["status"] == "done"
        assert (await page.hears("input_resolved")).data["value"]["outcome"] == "approved"
        assert set(page.reports) == {204}
        await page.close()

    async def test_a_denial_touches_nothing(self, client, play):
        play(calls("insert_cell", '{"source": "1 + 1"}'))
        notebook = PlayedNotebook("penguins.ipynb", "import pandas")
        page = await PlayedPage(client, notebook).open()
        await client.post("runs", question(run="run-1", **page.page()))
        asked = (await page.hears("input_requested")).data["value"]
        answer = {"requestId": asked["requestId"], "hash": asked["hash"], "decision": "deny", "reason": "Not here."}
        assert (await client.post("runs/run-1/inputs", answer)).status == 202
        result = await page.hears("TOOL_CALL_RESULT")
        assert result.data["metadata"]["jupyter_agent"]["status"] == "denied"
        assert "Not here." in result.data["content"]
        assert [cell.source for cell in notebook.cells] == ["import pandas"]
        await page.close()


class TestThreads:
    async def test_a_thread_is_listed_read_renamed_and_deleted(self, client, play):
        play(says("Forty-two."))
        await client.post("runs", question("What is the answer?", run="run-1", notebook={"path": "a.ipynb"}))
        await (await client.stream("runs/run-1/events")).rest()

        [summary] = (await client.get("threads")).json["threads"]
        assert (summary["threadId"], summary["title"], summary["notebook"], summary["running"], summary["preview"]) == (
            "thread-1",
            "What is the answer?",
            "a.ipynb",
            None,
            "What is the answer?",
        )
        thread = (await client.get("threads/thread-1")).json
        assert [(message["role"], message["content"]) for message in thread["messages"]] == [
            ("user", "What is the answer?"),
            ("assistant", "Forty-two."),
        ]
        assert [run["runId"] for run in thread["runs"]] == ["run-1"]
        assert thread["cursor"] == thread["runs"][0]["lastSeq"]

        renamed = await client.request("PATCH", "threads/thread-1", {"title": "  The answer "})
        assert (renamed.status, renamed.json["title"]) == (200, "The answer")
        assert (await client.request("DELETE", "threads/thread-1")).status == 204
        assert (await client.get("threads/thread-1")).problem[:2] == (404, "unknown-thread")
        assert (await client.get("runs/run-1")).problem[:2] == (404, "unknown-run")
        assert (await client.get("threads")).json == {"threads": []}

    async def test_threads_can_be_searched(self, client, play):
        play(says("Yes."))
        for at, words in enumerate(["About penguins", "About seals"]):
            await client.post("runs", question(words, thread=f"t{at}", run=f"r{at}", notebook={"path": f"{at}.ipynb"}))
            await (await client.stream(f"runs/r{at}/events")).rest()

        async def found(**params):
            return [thread["threadId"] for thread in (await client.get("threads", **params)).json["threads"]]

        assert await found() == ["t1", "t0"]
        assert await found(q="penguin") == ["t0"]
        assert await found(q="%") == []
        assert await found(notebook="1.ipynb") == ["t1"]
        assert await found(limit=1) == ["t1"]

    async def test_a_thread_with_a_running_run_is_not_deleted(self, client, play):
        play("hang")
        await client.post("runs", question(run="run-1"))
        assert (await client.request("DELETE", "threads/thread-1")).problem == (
            409,
            "run-going-on",
            "This conversation is still being answered. Wait for the answer or stop it first.",
        )


class TestPages:
    async def test_a_page_registers_and_leaves(self, client):
        page = PlayedPage(client, PlayedNotebook("a.ipynb"))
        await page.register()
        await page.register()
        assert await page.leave() == 204
        assert (await client.request("DELETE", "pages/page-1")).problem[:2] == (404, "unknown-page")

    async def test_of_two_windows_with_the_same_notebook_the_one_asked_from_acts(self, client, play):
        play(calls("read_notebook"))
        first = await PlayedPage(client, PlayedNotebook("a.ipynb", "first"), name="page-1").open()
        second = await PlayedPage(client, PlayedNotebook("a.ipynb", "second"), name="page-2").open()
        await client.post("runs", question(run="run-1", **second.page()))
        result = await second.hears("TOOL_CALL_RESULT")
        assert "second" in result.data["content"]
        await first.hears("RUN_FINISHED")
        assert (first.reports, second.reports) == ([], [204])
        await first.close()
        await second.close()

    async def test_an_action_that_comes_as_history_is_missed_and_offered_again(self, client, play, house):
        play(calls("read_notebook"), says("Seen."))
        page = await PlayedPage(client, PlayedNotebook("a.ipynb", "x")).open()
        page.silent = True
        await client.post("runs", question(run="run-1", **page.page()))
        heard = await page.hears("action")
        await page.close()

        # A reload of the connection in the same page: it did not carry out what it now sees as history.
        again = PlayedPage(client, *page.notebooks)
        await again.open(after=heard.seq - 1)
        await again.hears("RUN_FINISHED")
        assert len(again.of("action")) == 2
        assert again.reports == [204, 204]
        assert [frame.data["value"]["outcome"] for frame in again.of("action_resolved")][-1] == "done"
        await again.close()

    async def test_a_remembered_result_that_comes_a_second_time_is_refused_with_the_state(self, client, play):
        play(calls("read_notebook"))
        page = await PlayedPage(client, PlayedNotebook("a.ipynb", "x")).open()
        await client.post("runs", question(run="run-1", **page.page()))
        action = (await page.hears("action")).data["value"]
        await page.hears("RUN_FINISHED")
        second = await client.post(f"actions/{action['actionId']}/result", {"outcome": "missed"})
        assert second.problem == (409, "action-answered", "This action has already ended: done.")
        assert second.json["state"] == "done"
        await page.close()


class TestBlobs:
    async def test_a_blob_comes_back_as_it_was_and_harmless(self, client):
        given = b"<script>alert(1)</script>"
        stored = await client.request("POST", "blobs", content=given, headers={"Content-Type": "text/html"})
        assert (stored.status, stored.json["size"], stored.json["contentType"]) == (201, len(given), "text/html")
        found = await client.get(f"blobs/{stored.json['blobId']}")
        assert (found.status, found.content) == (200, given)
        kept = ["content-type", "x-content-type-options", "content-disposition", "content-security-policy"]
        assert [found.headers[name] for name in kept] == [
            "text/html",
            "nosniff",
            "attachment",
            "sandbox; default-src 'none'",
        ]

    async def test_a_blob_dies_with_its_thread(self, client, play):
        play(says("Yes."))
        await client.post("runs", question(run="run-1"))
        await (await client.stream("runs/run-1/events")).rest()
        stored = await client.request("POST", "blobs", content=b"x", params={"thread": "thread-1"})
        await client.request("DELETE", "threads/thread-1")
        assert (await client.get(f"blobs/{stored.json['blobId']}")).problem[:2] == (404, "unknown-blob")

    async def test_a_type_that_no_header_may_hold_is_not_kept(self, client):
        stored = await client.request("POST", "blobs", content=b"x", headers={"Content-Type": "nonsense"})
        assert stored.json["contentType"] == "application/octet-stream"


@pytest.mark.parametrize("count", [20])
async def test_many_questions_at_once_on_one_thread_start_one_run(client, play, count):
    play("hang")
    answers = await asyncio.gather(*(client.post("runs", question(run=str(uuid4()))) for _ in range(count)))
    assert sorted(answer.status for answer in answers) == [202] + [409] * (count - 1)
