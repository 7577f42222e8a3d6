"""Bad input, named: each has its own type, and a sentence that a person can act on. Nothing gives a 5xx."""

import asyncio
import json
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from jupyter_agent.core.errors import Invalid
from jupyter_agent.server.api.exchange import DEPTH, Request, json_object
from jupyter_agent.server.api.routes import ROUTES
from tests import sizes
from tests.hosts.played import PlayedNotebook

from .conftest import calls, question, says
from .pages import PlayedPage

BODIES = [route for route in ROUTES if route.body == "json"]
IDS = {"runId": "r", "threadId": "t", "pageId": "p", "actionId": "a", "blobId": "b"}


def each(routes):
    return pytest.mark.parametrize("route", routes, ids=lambda route: f"{route.method} {route.path}")


NOT_JSON = {
    b"": "The body is not JSON: Expecting value (line 1, column 1).",
    b"{": "The body is not JSON: Expecting property name enclosed in double quotes (line 1, column 2).",
    b'{"a": NaN}': "The body is not JSON: NaN is not a JSON number (line 1, column 1).",
    b'{"a": -Infinity}': "The body is not JSON: -Infinity is not a JSON number (line 1, column 1).",
    b'{"a": 1e999}': "The body is not JSON: it holds a number that is too large.",
    b'{"a": %s}' % (b"9" * 5000): "The body is not JSON: it holds a number that is too large.",
    b'{"a": "\xff"}': "The body is not JSON: it is not UTF-8.",
    b"[" * 100_000: f"The body is nested more than {DEPTH} levels deep.",
    b'{"a":' * 70 + b"1" + b"}" * 70: f"The body is nested more than {DEPTH} levels deep.",
}


class TestBody:
    @each(BODIES)
    async def test_that_is_not_json(self, client, route):
        path, headers = route.path.format(**IDS), {"Content-Type": "application/json"}
        for content, words in NOT_JSON.items():
            answer = await client.request(route.method, path, content=content, headers=headers)
            assert answer.problem == (400, "body-not-json", words)

    @each(BODIES)
    async def test_that_is_not_an_object(self, client, route):
        for body, kind in ([], "a list"), ("x", "a text"), (3, "a number"), (True, "true or false"):
            answer = await client.request(route.method, route.path.format(**IDS), body)
            assert answer.problem == (400, "body-not-object", f"The body has to be a JSON object, not {kind}.")

    @each(BODIES)
    async def test_that_says_it_is_something_else(self, client, route):
        answer = await client.request(
            route.method, route.path.format(**IDS), content=b"{}", headers={"Content-Type": "text/plain"}
        )
        words = "The body has to be JSON: send it with Content-Type: application/json."
        assert answer.problem == (400, "body-not-json", words)

    @each([route for route in ROUTES if route.body != "none"])
    async def test_that_is_too_large(self, client, route, house):
        limit = {"body": 1_000_000, "result": 10_000_000, "blob": 10_000_000}[route.limit]
        content = b'"' + b"x" * limit + b'"'
        answer = await client.request(
            route.method, route.path.format(**IDS), content=content, headers={"Content-Type": "application/json"}
        )
        words = f"The body is larger than the {limit} bytes that are taken here."
        assert answer.problem == (413, "too-large", words)

    async def test_that_is_enormous_is_refused_before_it_is_sent(self, client):
        headers = {"Content-Length": str(2**38), "Content-Type": "application/json"}
        answer = await client.request("POST", "runs", headers=headers)
        assert answer.problem[:2] == (413, "too-large")

    async def test_halves_of_surrogate_pairs_become_a_mark(self, client, play):
        play(says("Hi"))
        body = json.dumps(question(run="run-1")).replace("Hello?", "half: \\ud83d")
        answer = await client.request(
            "POST", "runs", content=body.encode(), headers={"Content-Type": "application/json"}
        )
        assert answer.status == 202
        frames = await (await client.stream("runs/run-1/events")).rest()
        assert frames[0].data["input"]["messages"][0]["content"] == "half: \ufffd"


class TestFarTooLarge:
    @pytest.fixture
    def agent_config(self):
        return {"data_dir": "", "body_limit": 1000}

    async def test_it_is_not_even_read(self, client):
        """Only its first bytes ever come: whoever waited for the rest would wait for ever."""
        headers = {"Content-Type": "application/json", "Content-Length": "40000"}
        answer = await client.request("POST", "runs", content=b"{", headers=headers)
        words = "The body is larger than the 1000 bytes that are taken here."
        assert answer.problem == (413, "too-large", words)


class TestFields:
    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"runId": None}, "runId: must be 1 to 128 letters"),
            ({"threadId": ""}, "threadId: must be 1 to 128 letters"),
            ({"runId": "a b"}, "runId: must be 1 to 128 letters"),
            ({"runId": "x" * 129}, "runId: must be 1 to 128 letters"),
            ({"runId": 7}, "runId: must be 1 to 128 letters"),
            ({"messages": "hello"}, "messages: Input should be a valid list."),
            ({"messages": []}, "messages: there is no new user message to answer."),
            ({"messages": [{"id": "m", "role": "king", "content": "x"}]}, "messages.0: "),
            ({"messages": [{"role": "user", "content": "x"}]}, "messages.0.user.id: Field required."),
            ({"messages": [{"id": "m", "role": "user", "content": " "}]}, "messages: a message is empty."),
            ({"forwardedProps": {"jupyterAgent": {"mode": "yolo"}}}, "forwardedProps.jupyterAgent.mode: "),
            ({"forwardedProps": {"jupyterAgent": {"page": 3}}}, "forwardedProps.jupyterAgent.page: "),
            ({"forwardedProps": {"jupyterAgent": "x"}}, "forwardedProps.jupyterAgent: "),
        ],
    )
    async def test_of_a_run(self, client, change, words):
        answer = await client.post("runs", {**question(), **change})
        status, kind, detail = answer.problem
        assert (status, kind) == (400, "field")
        assert detail.startswith(words)

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ({}, "clientId: Field required."),
            ({"clientId": "c", "threads": "x"}, "threads: Input should be a valid list."),
            ({"clientId": "c", "threads": [3]}, "threads.0: Input should be a valid string."),
            ({"clientId": "c", "documents": [{}]}, "documents.0.documentId: Field required."),
            (
                {"clientId": "c", "documents": [{"documentId": "d", "path": 3}]},
                "documents.0.path: Input should be a valid string.",
            ),
        ],
    )
    async def test_of_a_page(self, client, body, words):
        answer = await client.request("PUT", "pages/p", body)
        assert answer.problem == (400, "field", words)

    @pytest.mark.parametrize("title", [None, 3, "", " ", "x" * 201])
    async def test_of_a_title(self, client, title):
        answer = await client.request("PATCH", "threads/t", {"title": title})
        assert answer.problem == (400, "field", "title: must be text of 1 to 200 characters.")

    async def test_of_a_search(self, client):
        for limit in "0", "501", "-1", "x", "1e3", "9" * 30, "\u0663":
            answer = await client.get("threads", limit=limit)
            assert answer.problem == (400, "field", "limit: must be a whole number from 1 to 500.")

    @pytest.mark.parametrize("path", ["runs/run-1/events", "events"])
    async def test_of_a_cursor(self, client, play, path):
        play(says("Hi"))
        await client.post("runs", question(run="run-1"))
        for place in "-1", "x", "1.5", "1:\u00e9", "1:a b", "\u0663", "1" * 65, "1:" + "x" * 10_000, ":run-1":
            answer = await client.get(path, client="c", after=place)
            status, kind, detail = answer.problem
            assert (status, kind) == (400, "field")
            assert detail.startswith("after: must be the id of a frame")
        header = await client.request("GET", path, headers={"Last-Event-ID": "x"}, params={"client": "c", "after": 0})
        assert header.problem[2].startswith("Last-Event-ID: must be the id of a frame")

    async def test_of_a_client(self, client):
        for who in {}, {"client": ""}, {"client": "a b"}, {"client": "x" * 129}:
            status, kind, detail = (await client.get("events", **who)).problem
            assert (status, kind) == (400, "field")
            assert detail.startswith("client: must be 1 to 128 letters")


class TestUnknown:
    @pytest.mark.parametrize(
        ("method", "path", "kind"),
        [
            ("GET", "runs/{}", "unknown-run"),
            ("DELETE", "runs/{}", "unknown-run"),
            ("GET", "runs/{}/events", "unknown-run"),
            ("POST", "runs/{}/inputs", "unknown-run"),
            ("DELETE", "pages/{}", "unknown-page"),
            ("POST", "actions/{}/result", "unknown-action"),
            ("GET", "threads/{}", "unknown-thread"),
            ("PATCH", "threads/{}", "unknown-thread"),
            ("DELETE", "threads/{}", "unknown-thread"),
            ("GET", "blobs/{}", "unknown-blob"),
        ],
    )
    async def test_whatever_it_is_called(self, client, method, path, kind):
        body = {"title": "x", "outcome": "done", "requestId": "q"} if method in {"POST", "PATCH"} else None
        for name in "never-made", "a%20b", "%00", "%2e%2e%2fx", "%F0%9F%90%A7", "x" * 300, "%22%27%3B--":
            answer = await client.request(method, path.format(name), body)
            status, found, detail = answer.problem
            assert (status, found) == (404, kind)
            assert detail.startswith("There is no ")

    async def test_an_address(self, client):
        words = "There is nothing at this address, or it may not be asked for from another site."
        for path in "", "nonsense", "runs/", "runs/a/b/c", "health/", "../v2/health", "%2e%2e/health":
            assert (await client.get(path)).problem == (404, "unknown-path", words)

    async def test_a_method(self, client):
        for method, path, allowed in (
            ("PUT", "runs", "POST"),
            ("POST", "threads/t", "GET, PATCH, DELETE"),
            ("DELETE", "events", "GET"),
        ):
            answer = await client.request(method, path)
            assert answer.problem == (405, "method-not-allowed", f"This address takes only: {allowed}.")
            assert answer.headers["allow"] == allowed
        assert (await client.request("HEAD", "health")).status == 405

    async def test_a_path_that_is_not_text(self, client):
        assert (await client.get("runs/%ff")).problem[:2] == (400, "bad-request")

    async def test_a_document(self, client, play):
        agent = play(calls("read_notebook"))
        page = await PlayedPage(client, PlayedNotebook("a.ipynb")).open()
        closed = {"pageId": "page-1", "documentId": "closed"}
        await client.post("runs", question(run="run-1", page=closed))
        await (await client.stream("runs/run-1/events")).rest()
        assert agent.results[0].status == "failed"
        assert "is not open any more. Ask the person to open it again. Open now: a.ipynb." in agent.results[0].content
        await page.close()

    async def test_no_notebook_at_all(self, client, play):
        agent = play(calls("read_notebook"))
        await client.post("runs", question(run="run-1"))
        await (await client.stream("runs/run-1/events")).rest()
        assert "Ask the person to open the notebook" in agent.results[0].content

    @pytest.mark.parametrize(("kernel", "words"), [(None, "has no kernel"), ("dead", "kernel is dead")])
    async def test_no_living_kernel(self, client, play, kernel, words):
        agent = play(calls("run_cell", '{"cell_id": "cell-1"}'))
        page = await PlayedPage(client, PlayedNotebook("a.ipynb", "1", kernel=kernel)).open()
        await client.post("runs", question(run="run-1", **page.page()))
        asked = (await page.hears("input_requested")).data["value"]
        answer = {"requestId": asked["requestId"], "hash": asked["hash"], "decision": "approve"}
        await client.post("runs/run-1/inputs", answer)
        await page.hears("RUN_FINISHED")
        assert words in agent.results[0].content
        await page.close()


class TestTooLate:
    async def test_a_second_message_while_a_run_is_going(self, client, play):
        play("hang")
        await client.post("runs", question(run="run-1"))
        answer = await client.post("runs", question(run="run-2"))
        assert answer.problem[:2] == (409, "run-going-on")
        assert answer.json["runId"] == "run-1"

    async def test_the_same_run_with_another_message(self, client, play):
        play("hang")
        await client.post("runs", question("One", run="run-1"))
        assert (await client.post("runs", question("Two", run="run-1"))).problem[:2] == (409, "other-body")

    async def ask(self, client, play):
        play(calls("insert_cell", '{"source": "x"}'))
        page = await PlayedPage(client, PlayedNotebook("a.ipynb")).open()
        await client.post("runs", question(run="run-1", **page.page()))
        asked = (await page.hears("input_requested")).data["value"]
        return page, {"requestId": asked["requestId"], "hash": asked["hash"], "decision": "approve"}

    async def test_an_answer_that_comes_second(self, client, play):
        page, answer = await self.ask(client, play)
        assert (await client.post("runs/run-1/inputs", answer)).status == 202
        second = await client.post("runs/run-1/inputs", {**answer, "decision": "deny"})
        assert second.problem[:2] == (409, "request-answered")
        assert second.json["state"] == "approved"
        await page.hears("RUN_FINISHED")
        assert len(page.notebooks[0].cells) == 1
        await page.close()

    async def test_answers_at_the_same_moment_count_once(self, client, play):
        page, answer = await self.ask(client, play)
        answers = await asyncio.gather(*(client.post("runs/run-1/inputs", answer) for _ in range(10)))
        assert sorted(one.status for one in answers) == [202] + [409] * 9
        await page.hears("RUN_FINISHED")
        assert len(page.notebooks[0].cells) == 1
        await page.close()

    async def test_an_answer_about_other_bytes(self, client, play):
        page, answer = await self.ask(client, play)
        changed = await client.post("runs/run-1/inputs", {**answer, "hash": "sha256:" + "0" * 64})
        assert changed.problem[:2] == (409, "request-changed")
        assert changed.json["state"] == "open"
        assert page.notebooks[0].cells == []
        await page.close()

    async def test_an_answer_after_stop(self, client, play):
        page, answer = await self.ask(client, play)
        await client.request("DELETE", "runs/run-1")
        late = await client.post("runs/run-1/inputs", answer)
        assert late.problem[:2] == (409, "request-answered")
        assert late.json["state"] == "withdrawn"
        assert page.notebooks[0].cells == []
        await page.close()

    async def test_an_answer_to_nothing(self, client, play):
        page, answer = await self.ask(client, play)
        unknown = await client.post("runs/run-1/inputs", {**answer, "requestId": "nonsense"})
        assert unknown.problem[:2] == (404, "unknown-request")
        for wrong in ({}, {"requestId": 3}, {**answer, "decision": "perhaps"}, {**answer, "arguments": 3}):
            assert (await client.post("runs/run-1/inputs", wrong)).problem[:2] == (400, "field")
        await page.close()


class TestTimeouts:
    @pytest.fixture
    def agent_config(self):
        return {"data_dir": "", "approval_timeout": 0.1}

    async def test_an_answer_that_comes_late(self, client, play):
        play(calls("insert_cell", '{"source": "x"}'))
        page = await PlayedPage(client, PlayedNotebook("a.ipynb")).open()
        await client.post("runs", question(run="run-1", **page.page()))
        asked = (await page.hears("input_requested")).data["value"]
        assert (await page.hears("input_resolved")).data["value"]["outcome"] == "expired"
        answer = {"requestId": asked["requestId"], "hash": asked["hash"], "decision": "approve"}
        late = await client.post("runs/run-1/inputs", answer)
        assert late.problem == (409, "request-expired", "This question has expired, and nothing was done. Ask again.")
        assert late.json["state"] == "expired"
        assert page.notebooks[0].cells == []
        await page.close()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


class TestAnything:
    @given(body=st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
    def test_every_body_is_an_object_or_a_refusal(self, body):
        try:
            value = json_object(Request(owner="me", body=body))
        except Invalid as refusal:
            assert str(refusal).endswith(".")  # noqa: PT017 - either ending is a good one
        else:
            json.dumps(value, allow_nan=False).encode()

    async def test_no_generated_request_gives_a_fault_of_the_server(self, client, play, generated):
        play(says("Hi"))
        gate = asyncio.Semaphore(8)

        async def one(route, path, body, params):
            async with gate:
                if route.streams:
                    return  # whatever opens stays open; refusals are tried above
                answer = await client.request(route.method, path, body, params=params)
                assert answer.status < 500, (route.method, path, body, answer.content)
                if answer.status >= 400:
                    assert answer.problem

        await asyncio.gather(*(one(*request) for request in generated))


@pytest.fixture
def generated() -> list[tuple[Any, str, Any, dict[str, str]]]:
    """So many requests made by Hypothesis: for each route, ids and bodies from nearly right to nonsense."""
    from urllib.parse import quote

    ids = st.sampled_from(["run-1", "thread-1", "page-1", "x"]) | st.text(
        st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30
    )
    shaped = st.fixed_dictionaries(
        {},
        optional={
            "runId": ids | json_values,
            "threadId": ids | json_values,
            "messages": st.lists(
                st.fixed_dictionaries({"id": ids, "role": st.just("user"), "content": st.text() | json_values})
                | json_values,
                max_size=2,
            ),
            "forwardedProps": st.fixed_dictionaries({"jupyterAgent": json_values}) | json_values,
            "clientId": ids | json_values,
            "threads": st.lists(ids) | json_values,
            "documents": st.lists(st.fixed_dictionaries({"documentId": ids, "path": st.text()})) | json_values,
            "outcome": st.sampled_from(["done", "refused", "failed", "missed"]) | json_values,
            "requestId": ids | json_values,
            "decision": st.sampled_from(["approve", "deny"]) | json_values,
            "title": st.text() | json_values,
        },
    )
    made: list[tuple[Any, str, Any, dict[str, str]]] = []

    @given(st.data())
    def generate(data: st.DataObject) -> None:
        route = data.draw(st.sampled_from(ROUTES))
        path = route.path.format(**{name: quote(data.draw(ids), safe="") for name in IDS})
        body = data.draw(shaped | json_values) if route.body != "none" else None
        params = data.draw(st.dictionaries(st.sampled_from(["q", "notebook", "limit", "thread", "after"]), st.text()))
        made.append((route, path, body, params))

    import hypothesis

    hypothesis.settings(max_examples=sizes.API_INPUTS)(generate)()
    return made


class TestLargeReports:
    @pytest.mark.parametrize("cells", [3_000, 10_001])
    async def test_the_server_answers_others_meanwhile(self, client, play, cells):
        play(calls("read_notebook"))
        page = await PlayedPage(client, PlayedNotebook("a.ipynb", "x" * 100)).open()
        page.silent = True
        await client.post("runs", question(run="run-1", **page.page()))
        action = (await page.hears("action")).data["value"]
        report = page.notebooks[0].perform(action)
        report["notebook"]["cells"] *= cells
        answer = await client.post(f"actions/{action['actionId']}/result", report)
        if cells > 10_000:
            words = "notebook.cells: a notebook of more than 10000 cells cannot be read."
            assert answer.problem == (400, "field", words)
            assert answer.json["field"] == "notebook.cells"
        else:
            assert answer.status == 204
            await page.hears("TOOL_CALL_RESULT")
        await page.close()
