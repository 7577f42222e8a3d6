"""The OpenAPI document and the page made from it: all of the contract, true, and loading nothing from anywhere."""

import json
import re
import shlex
from html import unescape
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no types

from jupyter_agent.server.api.described import DESCRIBED
from jupyter_agent.server.api.routes import PREFIX, ROUTES
from jupyter_agent.server.asgi import create_app
from jupyter_agent.server.keys import Keys
from tests.hosts.played import PlayedNotebook

from .client import Client
from .conftest import TOKEN, calls, question, says
from .house import config
from .pages import PlayedPage

BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def binding() -> str:
    return "fastapi"


@pytest.fixture
def agent_config() -> dict[str, Any]:
    return {"data_dir": ""}


@pytest.fixture
def document() -> dict[str, Any]:
    return create_app(config({"data_dir": ""}), keys=Keys([TOKEN])).openapi()


def refs(value: Any) -> list[str]:
    if isinstance(value, list):
        return [ref for item in value for ref in refs(item)]
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [ref for item in value.values() for ref in refs(item)]
    return []


class TestOpenAPI:
    def test_it_names_every_route_of_the_table_and_no_other(self, document):
        told = {
            (method.upper(), path.removeprefix(f"/{PREFIX}/"))
            for path, methods in document["paths"].items()
            for method in methods
        }
        assert told == {(route.method, route.path) for route in ROUTES}
        assert DESCRIBED.keys() == {route.operation for route in ROUTES}

    def test_every_operation_has_words_parameters_bodies_and_answers(self, document):
        for route in ROUTES:
            operation = document["paths"][f"/{PREFIX}/{route.path}"][route.method.lower()]
            assert operation["operationId"] == route.operation
            assert operation["description"].endswith(".")
            assert operation["summary"]
            assert {"name": operation["tags"][0]} in document["tags"]
            parameters = operation["parameters"]
            assert all(one["description"] and one["schema"] for one in parameters)
            in_path = [one["name"] for one in parameters if one["in"] == "path"]
            assert in_path == re.findall(r"{(\w+)}", route.path)
            assert ("requestBody" in operation) is (route.body != "none")
            responses = operation["responses"]
            assert all(answer["description"].endswith(".") for answer in responses.values()), route
            assert [status for status in responses if status.startswith("2")]
            assert ("text/event-stream" in responses.get("200", {}).get("content", {})) is route.streams
            for status, answer in responses.items():
                if status >= "4":
                    schema = {"$ref": "#/components/schemas/Problem"}
                    assert answer["content"] == {"application/problem+json": {"schema": schema}}

    def test_its_schemas_are_schemas_and_every_reference_leads_somewhere(self, document):
        schemas = document["components"]["schemas"]
        for schema in schemas.values():
            Draft202012Validator.check_schema(schema)
        assert {ref.rpartition("/")[2] for ref in refs(document)} <= schemas.keys()
        assert all(ref.startswith("#/components/schemas/") for ref in refs(document))
        assert schemas["RunAgentInput"]["required"] == ["threadId", "runId", "messages"]
        assert schemas["Registration"]["required"] == ["clientId"]

    def test_ids_are_unique_and_the_document_says_what_it_is(self, document):
        operations = [one["operationId"] for methods in document["paths"].values() for one in methods.values()]
        assert len(set(operations)) == len(operations)
        assert document["openapi"] == "3.1.0"
        assert (document["info"]["title"], document["info"]["version"]) == ("jupyter-agent", "0.1.0")
        known = document["components"]["securitySchemes"].keys()
        assert known == {name for one in document["security"] for name in one}

    async def test_the_examples_are_taken(self, client, play, document):
        play(says("Hi"))

        def example(operation: str) -> Any:
            route = next(route for route in ROUTES if route.operation == operation)
            described = document["paths"][f"/{PREFIX}/{route.path}"]["post"]
            return described["requestBody"]["content"]["application/json"]["example"]

        assert (await client.post("runs", example("start_run"))).status == 202
        stream = await client.stream("agui", body=example("agui"))
        assert (await stream.rest())[-1].kind == "RUN_FINISHED"
        answer = await client.post("runs/run-1/inputs", example("answer_run"))
        assert answer.problem[:2] == (404, "unknown-request")

    async def test_what_is_answered_is_what_it_says(self, client, play, document):
        """A story, each answer of which is held to its schema."""
        seen: set[str] = set()

        async def ask(method: str, operation: str, body: Any = None, **ids: str) -> Any:
            route = next(route for route in ROUTES if route.operation == operation)
            path = route.path.format(**ids)
            answer = await client.request(method, path, body)
            described = document["paths"][f"/{PREFIX}/{route.path}"][method.lower()]["responses"][str(answer.status)]
            assert described.keys() >= {"description"}
            if answer.content:
                [content] = described["content"].values()
                Draft202012Validator({**content["schema"], "components": document["components"]}).validate(answer.json)
            seen.add(operation)
            return answer.json if answer.content else None

        play(calls("insert_cell", '{"source": "1 + 1"}'), says("Done."))
        page = await PlayedPage(client, PlayedNotebook("a.ipynb")).open()
        await ask("GET", "health")
        await ask("GET", "capabilities")
        await ask("POST", "start_run", question(run="run-1", **page.page()))
        asked = (await page.hears("input_requested")).data["value"]
        assert (await ask("GET", "read_run", runId="run-1"))["waitingFor"] == [asked]
        await ask("GET", "read_thread", threadId="thread-1")
        answer = {"requestId": asked["requestId"], "hash": asked["hash"], "decision": "approve"}
        await ask("POST", "answer_run", answer, runId="run-1")
        await page.hears("RUN_FINISHED")
        await ask("POST", "answer_run", answer, runId="run-1")
        await ask("DELETE", "cancel_run", runId="run-1")
        await ask("GET", "list_threads")
        await ask("PATCH", "rename_thread", {"title": "A title"}, threadId="thread-1")
        await ask("POST", "put_blob", {})
        await ask("PUT", "put_page", {"clientId": "c"}, pageId="page-2")
        await ask("PUT", "put_page", {}, pageId="page-2")
        await ask("DELETE", "remove_page", pageId="page-2")
        await ask("POST", "report_action", {"outcome": "done"}, actionId="never-asked")
        await ask("GET", "read_blob", blobId="never-stored")
        await ask("DELETE", "delete_thread", threadId="thread-1")
        await ask("GET", "read_thread", threadId="thread-1")
        await page.close()
        assert {route.operation for route in ROUTES if not route.streams} == seen


class TestDocs:
    async def test_the_page_tells_all_of_it_and_loads_nothing(self, house, document):
        outside = Client(port=house.client.port, base="/", headers=BEARER)
        answer = await outside.get("docs")
        html = answer.content.decode()
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        for route in ROUTES:
            assert f"<code>/{PREFIX}/{route.path}</code>" in html
        for name in document["components"]["schemas"]:
            assert f'id="{name}"' in html
        for path in "runs", "agui":
            [line] = re.findall(rf"<pre>(curl .*/{path} .*)</pre>", html)
            words = shlex.split(unescape(line))
            assert f"http://127.0.0.1:{outside.port}/{PREFIX}/{path}" in words
            assert json.loads(words[-1])["messages"][0]["role"] == "user"
        assert unescape(html).count('"requestId": "<as the event names it>"') == 1
        assert re.findall(r"(?:src|srcset|action|data)=|<script|<link|@import|url\(", html) == []
        assert {link for link in re.findall(r'href="([^"]*)"', html) if not link.startswith("#")} == {"openapi.json"}
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy
        assert (await outside.get("openapi.json")).json == document

    async def test_it_is_behind_the_door_like_everything(self, house):
        outside = Client(port=house.client.port, base="/")
        for path in "", "docs", "openapi.json", "redoc", "docs/oauth2-redirect", "jupyter-agent", "favicon.ico":
            assert (await outside.get(path)).problem[:2] == (401, "not-signed-in")

    async def test_other_addresses_and_methods_are_refused_in_words(self, house):
        inside = Client(port=house.client.port, base="/", headers=BEARER)
        for path in "", "redoc", "docs/", PREFIX, f"{PREFIX}/", "jupyter-agent", f"x/{PREFIX}/health":
            assert (await inside.get(path)).problem[:2] == (404, "unknown-path")
        for method in "HEAD", "POST", "PUT":
            answer = await inside.request(method, "docs")
            assert (answer.status, answer.headers["allow"]) == (405, "GET")
