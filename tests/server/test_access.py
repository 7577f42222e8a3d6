"""Who may come in: every route refuses strangers and other owners, through every binding alike."""

import re
from typing import Any

import pytest

from jupyter_agent.server.api.routes import ROUTES
from tests.hosts.played import PlayedNotebook

from .conftest import calls, question
from .pages import PlayedPage


def fill(path: str) -> str:
    return re.sub(r"{\w+}", "x", path)


class TestStrangers:
    async def test_every_route_of_the_table_is_mounted_and_refuses_them(self, house, stranger):
        for route in ROUTES:
            body: Any = {} if route.body == "json" else None
            answer = await stranger.request(route.method, fill(route.path), body)
            assert answer.problem[:2] == house.no_stranger

    async def test_so_does_every_other_method_and_address(self, house, stranger):
        for path in [*dict.fromkeys(fill(route.path) for route in ROUTES), "nonsense", ""]:
            for method in "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE":
                assert (await stranger.request(method, path)).status == house.no_stranger[0]

    async def test_a_wrong_token_is_no_token(self, house, stranger):
        for headers, params in (
            ({"Authorization": "token wrong"}, {}),
            ({"Authorization": "Bearer wrong"}, {}),
            ({}, {"token": "wrong"}),
        ):
            answer = await stranger.request("GET", "health", headers=headers, params=params)
            assert answer.status == house.no_stranger[0]


@pytest.mark.usefixtures("by_name")
class TestOwners:
    async def test_whom_the_provider_does_not_know_gets_words_and_no_invented_owner(self, house):
        answer = await house.as_("nobody").get("threads")
        assert answer.problem[:2] == house.no_stranger

    async def test_nobody_reads_follows_answers_or_cancels_what_is_another_s(self, house, play):
        play(calls("insert_cell", '{"source": "x"}'))
        alice, mallory = house.as_("alice"), house.as_("mallory")
        page = await PlayedPage(alice, PlayedNotebook("a.ipynb")).open()
        await alice.post("runs", question(run="run-1", **page.page()))
        asked = (await page.hears("input_requested")).data["value"]
        action = (await page.hears("action")).data["value"]
        blob = (await alice.request("POST", "blobs", content=b"secret", params={"thread": "thread-1"})).json["blobId"]
        ids = {
            "runId": "run-1",
            "threadId": "thread-1",
            "pageId": "page-1",
            "actionId": action["actionId"],
            "blobId": blob,
        }
        body = {
            "requestId": asked["requestId"],
            "hash": asked["hash"],
            "decision": "approve",
            "title": "mine",
            "outcome": "done",
        }

        for route in ROUTES:
            if "{" in route.path and route.method != "PUT":
                answer = await mallory.request(
                    route.method, route.path.format(**ids), body if route.body == "json" else None
                )
                assert answer.problem[0] == 404, route
                never = {name: f"never-{at}" for at, name in enumerate(ids)}
                nothing = await mallory.request(
                    route.method, route.path.format(**never), body if route.body == "json" else None
                )
                assert answer.content == nothing.content, "what is another's looks different from what is not there"

        assert (await mallory.get("threads")).json == {"threads": []}
        assert (await mallory.post("runs", question(run="run-1"))).problem[:2] == (404, "unknown-run")
        spy = await PlayedPage(mallory, PlayedNotebook("a.ipynb"), name="page-1").open(after=0)
        assert [frame.data["value"] for frame in spy.of("hello")] == [{"cursor": 0, "runs": []}]
        assert page.notebooks[0].cells == []
        assert (await alice.get("runs/run-1")).json["status"] == "waiting"
        assert (await alice.get(f"blobs/{blob}")).content == b"secret"
        await page.close()
        await spy.close()


def test_the_table_and_the_contract_name_each_address_once():
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)
