"""The built-in assistant behind the real front door, gate, log and records."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from ag_ui.core import RunAgentInput, UserMessage

from jupyter_agent.agents.builtin import BuiltinModel
from jupyter_agent.agents.loop import Loop
from jupyter_agent.core.assistant import Assistant
from jupyter_agent.core.clock import SystemClock
from jupyter_agent.core.log import follow
from jupyter_agent.hosts.memory import MemoryHosts
from jupyter_agent.stores.instance import MemoryInstance
from jupyter_agent.stores.memory import MemoryStore
from jupyter_agent.tools import build_tools
from tests.agents.bench import Bench

BIRDS = "import pandas as pd\nbirds = pd.DataFrame({'mass_g': [1, 2, None]})"


@contextlib.asynccontextmanager
async def house(bench: Bench, store: MemoryStore) -> AsyncIterator[Assistant]:
    assistant = Assistant(
        log=store.log,
        records=store.records,
        clock=SystemClock(),
        instance=MemoryInstance(),
        agent=Loop(lambda _: BuiltinModel(pace=0)),
        tools=build_tools(bench.kernel),
        hosts=MemoryHosts(bench.notebook),
    )
    await assistant.open()
    try:
        yield assistant
    finally:
        await assistant.close()


def message(run_id: str, text: str) -> RunAgentInput:
    return RunAgentInput(thread_id="t", run_id=run_id, messages=[UserMessage(id=f"u-{run_id}", content=text)])


async def until(store: MemoryStore, run_id: str, *, name: str | None = None) -> dict[str, Any]:
    """The first event of the run with this name, or its last event."""
    async for entries in follow(store.log, "ann", 0):
        for entry in entries:
            event: dict[str, Any] = json.loads(entry.data)
            last = entry.type in ("RUN_FINISHED", "RUN_ERROR")
            if entry.run_id == run_id and (event.get("name") == name if name else last):
                return event
            assert not (entry.run_id == run_id and last), event
    raise AssertionError("the log never ends")


async def said(store: MemoryStore) -> list[str]:
    messages = [stored.message for stored in await store.records.messages("ann", "t")]
    return [str(m.content) for m in messages if m.role == "assistant" and m.content]


def test_a_profile_is_asked_for_run_and_read() -> None:
    async def story() -> None:
        store = MemoryStore(SystemClock())
        bench = await Bench(BIRDS).open()
        async with house(bench, store) as assistant:
            await assistant.send("ann", message("r", "profile birds"))
            asked = (await until(store, "r", name="jupyter_agent.input_requested"))["value"]
            assert (asked["exact"]["title"], asked["risk"]) == ("Insert a code cell at the end and run it", "run")
            answer = {"requestId": asked["requestId"], "hash": asked["hash"], "decision": "approve"}
            await assistant.answer("ann", "r", answer)
            assert (await until(store, "r"))["outcome"] == {"type": "success"}
            assert bench.sources()[1] == asked["exact"]["code"]
            assert (await said(store))[-1].startswith("`birds` has 3 rows and 1 column (cell 2). 1 value is missing")

    asyncio.run(story())


def test_a_no_is_taken_politely() -> None:
    async def story() -> None:
        store = MemoryStore(SystemClock())
        bench = await Bench(BIRDS).open()
        async with house(bench, store) as assistant:
            await assistant.send("ann", message("r", "run: 1 + 1"))
            asked = (await until(store, "r", name="jupyter_agent.input_requested"))["value"]
            no = {"requestId": asked["requestId"], "hash": asked["hash"], "decision": "deny", "reason": "not now"}
            await assistant.answer("ann", "r", no)
            assert (await until(store, "r"))["outcome"] == {"type": "success"}
            assert bench.sources() == [BIRDS]
            assert (await said(store))[
                -1
            ] == "All right, I have left everything as it is. You said: \u201cnot now\u201d."

    asyncio.run(story())


def test_an_answer_after_a_restart_goes_on_where_it_was() -> None:
    async def story() -> None:
        store = MemoryStore(SystemClock())
        bench = await Bench(BIRDS).open()
        async with house(bench, store) as assistant:
            await assistant.send("ann", message("r", "profile birds"))
            asked = (await until(store, "r", name="jupyter_agent.input_requested"))["value"]
        async with house(bench, store) as assistant:
            yes = {"requestId": asked["requestId"], "hash": asked["hash"], "decision": "approve"}
            resumed = await assistant.answer("ann", "r", yes)
            assert resumed != "r"
            assert (await until(store, resumed))["outcome"] == {"type": "success"}
            assert len(bench.sources()) == 2
            assert (await said(store))[-1].startswith("`birds` has 3 rows and 1 column (cell 2).")

    asyncio.run(story())


def test_in_plan_mode_nothing_is_even_asked() -> None:
    async def story() -> None:
        store = MemoryStore(SystemClock())
        bench = await Bench(BIRDS).open()
        async with house(bench, store) as assistant:
            body = message("r", "plot mass_g").model_copy(
                update={"forwarded_props": {"jupyterAgent": {"mode": "plan"}}}
            )
            await assistant.send("ann", body)
            assert (await until(store, "r"))["outcome"] == {"type": "success"}
            assert bench.sources() == [BIRDS]
            assert (await said(store))[-1].startswith("I may only read in this mode")

    asyncio.run(story())


def test_a_dead_kernel_is_told_in_words() -> None:
    async def story() -> None:
        store = MemoryStore(SystemClock())
        bench = await Bench(BIRDS).open()
        bench.kernel.dead = True
        async with house(bench, store) as assistant:
            await assistant.send("ann", message("r", "list variables"))
            await until(store, "r")
            assert (await said(store))[-1].startswith("The kernel has died.")

    asyncio.run(story())
