"""Which models can be chosen, what is missing for the others, and where keys go. Nothing here is sent anywhere."""

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic_ai.models import KnownModelName

from jupyter_agent.agents.endpoints import endpoints
from jupyter_agent.agents.fake import FakeProvider
from jupyter_agent.agents.models import Models
from jupyter_agent.agents.providers import PROVIDERS
from jupyter_agent.agents.scripted import ScriptedModel
from jupyter_agent.config import Config, build
from jupyter_agent.core.errors import ModelError
from jupyter_agent.server.jupyter import JupyterAgent

KEY = "sk-Not-A-Real-Key-0123456789"
NO_OLLAMA = {"OLLAMA_HOST": "127.0.0.1:1"}


def models(environ: dict[str, str] | None = None, **more: Any) -> Models:
    return Models(environ={**NO_OLLAMA, **(environ or {})}, **more)


def entry(offered: Models, name: str) -> dict[str, Any]:
    return next(one for one in offered.choices() if one["id"] == name)


def provider(offered: Models, name: str) -> dict[str, Any]:
    return next(one for one in offered.providers() if one["id"] == name)


def test_with_nothing_configured_only_the_built_in_assistant_can_be_chosen() -> None:
    offered = models()
    assert [one["id"] for one in offered.choices() if one["available"]] == ["builtin"]
    assert all(one["howTo"] for one in [*offered.choices(), *offered.providers()] if not one["available"])
    keys = {"id", "label", "description", "available", "howTo", "provider", "sends", "address", "images", "group"}
    assert all(set(one) == keys for one in offered.choices())
    keys = {"id", "label", "sends", "address", "example", "available", "howTo"}
    assert all(set(one) == keys for one in offered.providers())


def test_a_key_that_is_found_is_offered_with_the_host_that_everything_would_be_sent_to() -> None:
    offered = models({"OPENAI_API_KEY": KEY})
    assert entry(offered, "openai:gpt-6-luna")["sends"] == "api.openai.com"
    assert entry(offered, "openai:gpt-6-luna")["images"]
    assert offered.offers("openai:any-name-at-all")
    assert offered.offers("openai-chat:any-name-at-all")
    assert not offered.offers("anthropic:claude-opus-5-5")
    assert not offered.offers("openai:")
    assert not offered.offers("nobody:x")
    assert not offered.offers("openai:" + "x" * 200)


def test_a_missing_key_and_a_missing_library_are_named() -> None:
    assert "ANTHROPIC_API_KEY" in provider(models(), "anthropic")["howTo"]
    line = 'Install its library with pip install "pydantic-ai-slim[google]" and restart the server.'
    assert provider(models({"GEMINI_API_KEY": KEY}), "google")["howTo"] == line
    assert "JUPYTER_AGENT_BASE_URL" in provider(models(), "openai-compatible")["howTo"]


@pytest.mark.parametrize(("name", "extra"), [("google:gemini-4-argon", "google"), ("bedrock:x", "bedrock")])
def test_a_model_whose_library_is_missing_ends_in_the_line_that_installs_it(name: str, extra: str) -> None:
    with pytest.raises(ModelError, match=rf'pip install "pydantic-ai-slim\[{extra}\]"'):
        models(model=name).resolve(name)


def test_a_configured_model_that_cannot_be_used_yet_is_told_at_once() -> None:
    offered = models(model="anthropic:claude-opus-5-5")
    missing = "Set ANTHROPIC_API_KEY in the environment of the server and restart it."
    assert offered.warnings == [f"The configured model 'anthropic:claude-opus-5-5' cannot be used yet. {missing}"]
    with pytest.raises(ModelError, match="Set ANTHROPIC_API_KEY"):
        offered.resolve("anthropic:claude-opus-5-5")
    assert models(model="gpt-9").warnings == [
        "There is no provider for the configured model 'gpt-9', so it cannot answer."
    ]
    assert models(model="builtin").warnings == models(model="scripted:x").warnings == []


def test_an_unknown_provider_is_told_with_those_that_there_are() -> None:
    with pytest.raises(ModelError, match=r"no model named 'gpt-9'.*builtin.*openai.*anthropic"):
        models().resolve("gpt-9")


def test_a_model_that_is_not_available_is_not_made() -> None:
    with pytest.raises(ModelError, match=r"cannot be used yet\. Set ANTHROPIC_API_KEY"):
        models().resolve("anthropic:claude-opus-5-5")


def test_the_suggested_models_are_known() -> None:
    known = set(get_args(KnownModelName.__value__))
    for one in PROVIDERS:
        assert {f"{one.id}:{name}" for name in one.models} <= known


def test_what_stays_on_this_machine_says_where_it_goes() -> None:
    addresses = {
        "a": "http://localhost:1234/v1",
        "b": "https://[::1]/v1",
        "c": "http://127.0.0.1",
        "d": "http://x.example",
    }
    given = {name: {"base_url": address, "models": ["m"]} for name, address in addresses.items()}
    offered = models({"OPENAI_API_KEY": KEY}, providers=given, model="vllm:q")
    said = {"a": "localhost:1234", "b": "[::1]:443", "c": "127.0.0.1:80", "d": None}
    assert {name: provider(offered, name)["address"] for name in given} == said
    assert {name: entry(offered, f"{name}:m")["address"] for name in given} == said
    assert entry(offered, "vllm:q")["address"] == "127.0.0.1:8000"
    assert entry(offered, "ollama")["address"] == "127.0.0.1:1"
    assert entry(offered, "builtin")["address"] is entry(offered, "openai:gpt-6-luna")["address"] is None


def test_for_the_models_of_each_provider_there_is_an_example() -> None:
    offered = models(providers={"lab": {"base_url": "http://127.0.0.1:9", "models": ["q"]}})
    found = {one["id"]: one["example"] for one in offered.providers()}
    assert found.pop("openai-compatible") is None
    assert all(found.values())
    assert (found["openai"], found["openrouter"], found["ollama"]) == ("gpt-6.1-sol", "openai/gpt-6-luna", "qwen3:8b")
    assert found["lab"] == "q"


def test_what_the_simple_pair_of_settings_names_can_be_used() -> None:
    offered = models(model="openai-compatible:m", base_url="http://gateway.example/v1/", api_key=KEY)
    assert entry(offered, "openai-compatible:m")["sends"] == "gateway.example"
    assert offered.offers("openai-compatible:another")


def test_endpoints_of_ones_own_in_either_spelling() -> None:
    given = {
        "lab": {"kind": "openai-chat", "base_url": "http://127.0.0.1:9/v1", "models": ["q"], "images": True},
        "far": {"kind": "anthropic", "baseUrl": "https://far.example", "apiKeyEnv": "FAR_KEY", "models": ["c"]},
    }
    offered = models({"FAR_KEY": KEY}, providers=given)
    assert (entry(offered, "lab:q")["sends"], entry(offered, "lab:q")["images"]) == (None, True)
    assert (entry(offered, "far:c")["sends"], entry(offered, "far:c")["group"]) == ("far.example", "far")
    assert offered.warnings == []


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("Lab", {"base_url": "http://x"}, "small letters"),
        ("builtin", {"base_url": "http://x"}, "small letters"),
        ("lab", {"kind": "nope", "base_url": "http://x"}, "kind: 'nope' is none of openai"),
        ("lab", {"base_url": "ftp://x"}, "http://"),
        ("lab", {}, "base_url: it has none"),
        ("lab", {"base_ulr": "http://x", "api_key": KEY}, "base_ulr"),
        ("lab", "http://x", "lab"),
    ],
)
def test_an_endpoint_that_cannot_be_used_is_left_out_with_words_and_without_its_key(
    name: str, given: Any, words: str
) -> None:
    offered = models(providers={name: given})
    assert words in offered.warnings[0]
    assert KEY not in offered.warnings[0]
    assert offered.offers("builtin")


def test_a_key_that_is_found_goes_to_no_address_but_its_own() -> None:
    found, _ = endpoints(
        {"lab": {"kind": "openai", "base_url": "http://lab.example/v1"}, "openai": {"base_url": "http://x.example/v1"}},
        "http://gateway.example/v1",
        "",
        {"OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY},
    )
    holders = {name for name, endpoint in found.items() if endpoint.key is not None}
    assert holders == {"openai-chat", "anthropic"}
    assert {found[name].host for name in holders} == {"api.openai.com", "api.anthropic.com"}


def test_an_address_in_the_environment_belongs_to_the_key_beside_it() -> None:
    found, _ = endpoints({}, "", "", {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "https://gateway.example/v1"})
    assert (found["openai"].host, found["openai"].models) == ("gateway.example", ())


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ("127.0.0.1:7000", "http://127.0.0.1:7000/v1"),
        ("0.0.0.0", "http://127.0.0.1:11434/v1"),
        (":7000", "http://127.0.0.1:7000/v1"),
        ("https://far.example", "https://far.example:443/v1"),
        ("[::1]:7000", "http://[::1]:7000/v1"),
        ("::1", "http://[::1]:11434/v1"),
        ("::", "http://127.0.0.1:11434/v1"),
        ("gpu.lan", "http://gpu.lan:11434/v1"),
    ],
)
def test_the_forms_of_an_ollama_host(said: str, url: str) -> None:
    assert endpoints({}, "", "", {"OLLAMA_HOST": said})[0]["ollama"].base_url == url


@pytest.mark.parametrize(
    ("variable", "said", "left_out"),
    [
        ("OPENAI_BASE_URL", "localhost:8080/v1", ["openai", "openai-chat"]),
        ("OPENAI_BASE_URL", "http://ann:hunter22@x.example/v1", ["openai", "openai-chat"]),
        ("OLLAMA_HOST", "127.0.0.1:notaport", ["ollama"]),
        ("OLLAMA_HOST", "http://ann:hunter22@127.0.0.1:1", ["ollama"]),
        ("ANTHROPIC_BASE_URL", "http://[bad", ["anthropic"]),
    ],
)
def test_a_bad_address_in_the_environment_is_told_and_stops_nothing_else(
    variable: str, said: str, left_out: list[str]
) -> None:
    offered = models({"OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY, variable: said})
    assert len(offered.warnings) == 1
    assert offered.warnings[0].startswith(f"{variable} in the environment cannot be used: it ")
    for name in left_out:
        assert not offered.offers(f"{name}:x")
        assert variable in provider(offered, name)["howTo"]
    assert offered.offers("builtin")
    assert "hunter22" not in json.dumps([offered.warnings, offered.choices(), offered.providers()])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"base_url": "localhost:8000/v1"}, "base_url: it has to begin with http://"),
        ({"base_url": "http://a:b:c"}, "base_url: it is not an address"),
        ({"base_url": "http://ann:hunter22@x/v1"}, "put what is secret into api_key or headers"),
        ({"base_url": "http://x/v1", "api_key": "hunter22\nhunter22"}, "api_key: it holds a line break"),
        ({"providers": {"lab": {"base_url": "http://[bad"}}}, "base_url: it is not an address"),
        ({"providers": {"lab": {"base_url": "http://ann:hunter22@x"}}}, "put what is secret into api_key or headers"),
        ({"providers": {"lab": {"base_url": "http://x", "api_key": "hunter22\x01"}}}, "api_key: it holds"),
        ({"providers": {"lab": {"base_url": "http://x", "headers": {"A": "hunter22é"}}}}, "headers.A: it holds"),
        ({"providers": {"lab": {"base_url": "http://x", "headers": {"A: hunter22": "x"}}}}, "headers: one of the"),
        ({"providers": [{"api_key": "hunter22"}]}, "providers in the configuration has to be"),
        ({"providers": {"lab": ["hunter22"]}}, "lab"),
        ({"providers": {3: {}}}, "small letters"),
    ],
)
def test_what_is_configured_badly_is_told_without_what_is_secret_in_it(more: dict[str, Any], words: str) -> None:
    offered = models(**more)
    assert words in offered.warnings[0]
    assert "hunter22" not in json.dumps([offered.warnings, offered.choices(), offered.providers()])
    assert offered.offers("builtin")


def test_a_key_of_the_environment_that_no_header_can_hold_is_told_and_not_used() -> None:
    offered = models({"OPENAI_API_KEY": "hunter22\nhunter22", "LAB_KEY": "“hunter22”"})
    assert len(offered.warnings) == 1
    assert offered.warnings[0].startswith("OPENAI_API_KEY in the environment cannot be used: it holds a line break")
    assert "hunter22" not in offered.warnings[0]
    assert not offered.offers("openai:x")
    lab = {"lab": {"base_url": "http://x/v1", "api_key_env": "LAB_KEY"}}
    assert "LAB_KEY: it holds" in models({"LAB_KEY": "“hunter22”"}, providers=lab).warnings[0]


def test_blanks_around_a_key_do_not_belong_to_it() -> None:
    lab = {"lab": {"base_url": "http://x/v1", "api_key": f" {KEY}\n", "headers": {"A": f"{KEY}\n"}}}
    found = endpoints(lab, "", "", {})[0]["lab"]
    assert found.key is not None
    assert [found.key.get_secret_value(), found.headers["A"].get_secret_value()] == [KEY, KEY]


async def test_a_local_ollama_is_found_with_its_models() -> None:
    async with FakeProvider(ScriptedModel([]), models=("qwen3:8b", "llava:7b")) as fake:
        offered = Models(environ={"OLLAMA_HOST": fake.url})
        entries = await asyncio.to_thread(offered.choices)
    found = [(one["id"], one["sends"], one["images"], one["group"]) for one in entries if one["provider"] == "ollama"]
    assert found == [("ollama:qwen3:8b", None, False, "Ollama"), ("ollama:llava:7b", None, True, "Ollama")]
    assert [request.path for request in fake.requests] == ["/api/tags"]


def test_an_ollama_that_is_not_on_this_machine_is_offered_and_not_contacted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: pytest.fail("somebody was looked for"))
    offered = Models(environ={"OLLAMA_HOST": "http://far.example:11434"})
    assert provider(offered, "ollama")["sends"] == "far.example"
    assert [one for one in offered.choices() if one["provider"] == "ollama" and one["available"]] == []


def test_an_ollama_that_does_not_answer_is_soon_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        offered = Models(environ={"OLLAMA_HOST": f"127.0.0.1:{deaf.getsockname()[1]}"})
        assert "Start Ollama" in entry(offered, "ollama")["howTo"]


def test_an_ollama_on_another_machine_is_not_said_to_have_been_looked_for() -> None:
    how_to = entry(Models(environ={"OLLAMA_HOST": "gpu.lan"}), "ollama")["howTo"]
    assert how_to == "Ollama on gpu.lan is not asked for its models. Type the name of one, as in ollama:name."


async def test_an_ollama_is_asked_once_however_many_want_to_know() -> None:
    async with FakeProvider(ScriptedModel([]), models=("qwen3:8b",)) as fake:
        offered = Models(environ={"OLLAMA_HOST": fake.url})
        told = await asyncio.gather(*(asyncio.to_thread(offered.choices) for _ in range(8)))
    assert all(one == told[0] for one in told)
    assert len(fake.requests) == 1


async def test_an_ollama_that_trickles_is_left_in_the_middle() -> None:
    left = asyncio.Event()

    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 900000\r\n\r\n")
        gone = asyncio.ensure_future(reader.read())
        while not gone.done():
            writer.write(b" ")
            await asyncio.wait({gone}, timeout=0.02)
        with contextlib.suppress(ConnectionError):
            await gone
        writer.close()
        left.set()

    async with await asyncio.start_server(trickle, "127.0.0.1", 0) as server:
        offered = Models(environ={"OLLAMA_HOST": f"127.0.0.1:{server.sockets[0].getsockname()[1]}"})
        assert "Start Ollama" in (await asyncio.to_thread(entry, offered, "ollama"))["howTo"]
        async with asyncio.timeout(5):
            await left.wait()


async def test_no_key_shows_in_what_can_be_seen_of_a_server() -> None:
    config = Config(
        data_dir=None,
        model="lab:m",
        providers={"lab": {"base_url": "http://127.0.0.1:1/v1", "api_key": KEY, "headers": {"X-Key": KEY}}},
        base_url="http://127.0.0.1:1/v1",
        api_key=KEY,
        environ={"OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY, **NO_OLLAMA},
    )
    service = await build(config)
    try:
        shown = [await service.about.capabilities(), service.about.health(0), *map(vars, (Models(environ={}),))]
        assert entry_of(shown[0], "lab:m")["available"]
        lab = {"id": "lab", "label": "lab", "sends": None, "address": "127.0.0.1:1", "example": None}
        assert {**lab, "available": True, "howTo": None} in shown[0]["jupyterAgent"]["providers"]
        text = json.dumps(shown[:2]) + repr((config, shown, endpoints(config.providers, "", KEY, config.environ or {})))
        assert KEY not in text
    finally:
        await service.close()


def entry_of(capabilities: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in capabilities["jupyterAgent"]["models"] if one["id"] == name)
    return found


def test_jupyter_takes_providers_from_its_configuration_and_as_json_from_the_environment() -> None:
    said = {"lab": {"baseUrl": "http://x.example/v1", "images": True}}
    variables = {"JUPYTER_AGENT_PROVIDERS": json.dumps(said), "JUPYTER_AGENT_BASE_URL": "http://y.example/v1"}
    extension = JupyterAgent(config=JupyterAgent.environment(variables))
    assert (extension.providers, extension.base_url) == (said, "http://y.example/v1")


@pytest.mark.parametrize(
    "code",
    [
        "import jupyter_agent",
        "import jupyter_agent.config",
        "from jupyter_agent.agents.models import Models\nModels(environ={'OPENAI_API_KEY': 'x'}).choices()",
    ],
)
def test_it_costs_no_library_of_a_provider_to_say_what_can_be_chosen(code: str, tmp_path: Path) -> None:
    unwanted = ["openai", "anthropic", "pydantic_ai", "httpx2", "fastapi", "starlette", "tornado", "uvicorn"]
    program = f"{code}\nimport sys\nprint([name for name in {unwanted} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert told.stdout.strip() == "[]"
