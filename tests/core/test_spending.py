"""What a run may use up, what it used, and calls that would write a placeholder over a secret."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from ag_ui.core import BaseEvent, RunAgentInput, TokenUsage, UserMessage

from jupyter_agent.core.agent import Budget, RunContext
from jupyter_agent.core.errors import Invalid, LimitReached
from jupyter_agent.core.runner import Limits
from tests.core.house import House, Step


class Spender:
    """Uses what it is told to, and then comes to a limit or to its end."""

    def __init__(self, costs: list[float | None], *, reached: bool = False) -> None:
        self.costs = costs
        self.reached = reached
        self.contexts: list[RunContext] = []
        self.events: list[BaseEvent] = []

    async def run(self, context: RunContext) -> AsyncIterator[BaseEvent]:
        self.contexts.append(context)
        for cost in self.costs:
            context.report(TokenUsage(model="m", input_tokens=1, output_tokens=2, total_tokens=3), cost)
        if self.reached:
            raise LimitReached("That is enough.")
        for event in self.events:
            yield event


async def spent(agent: Spender, budget: dict[str, Any] | None = None, limits: Limits | None = None) -> Any:
    """The last event of a run, and the run as GET runs/{runId} shows it."""
    house = House(limits=limits)
    assistant = house.process([])
    assistant._runner._agent = agent
    ours = {"budget": budget} if budget is not None else {}
    body = RunAgentInput(
        thread_id="t",
        run_id="r",
        messages=[UserMessage(id="u", content="go")],
        forwarded_props={"jupyterAgent": ours},
    )
    await assistant.send("me", body)
    await assistant._runner.live["r"].run.ended.wait()
    last = json.loads((await house.entries("r"))[-1].data)
    return last, await assistant.run("me", "r")


@pytest.mark.parametrize("reached", [False, True])
async def test_what_a_run_cost_is_on_its_last_event_and_on_the_run(reached: bool) -> None:
    last, run = await spent(Spender([0.25, None, 0.5], reached=reached))
    assert last["type"] == ("RUN_ERROR" if reached else "RUN_FINISHED")
    assert last["metadata"]["jupyter_agent"]["cost"] == {"amount": 0.75, "currency": "USD"}
    assert run["cost"] == {"amount": 0.75, "currency": "USD"}
    assert [usage["totalTokens"] for usage in last["usage"]] == [3, 3, 3]
    assert last["usage"] == run["usage"]


@pytest.mark.parametrize("costs", [[], [None]])
async def test_where_no_price_is_known_none_is_claimed(costs: list[float | None]) -> None:
    last, run = await spent(Spender(costs))
    assert (last.get("metadata"), run["cost"]) == (None, None)
    assert (run["usage"] is None) is (costs == [])


async def test_a_message_can_tighten_the_budget_and_never_widen_it() -> None:
    agent = Spender([])
    limits = Limits(budget=Budget(steps=10, tool_calls=10, tokens=10, seconds=10, cost=10))
    asked = {"steps": 3, "toolCalls": 0, "tokens": 99, "seconds": 2.5, "cost": 1}
    await spent(agent, asked, limits)
    assert agent.contexts[0].budget == Budget(steps=3, tool_calls=0, tokens=10, seconds=2.5, cost=1)
    await spent(agent, None, limits)
    assert agent.contexts[1].budget == limits.budget


@pytest.mark.parametrize("budget", [{"steps": 0}, {"seconds": -1}, {"cost": "much"}, {"tokens": 1.5}])
async def test_a_budget_that_does_not_fit_is_named(budget: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match=f"forwardedProps.jupyterAgent.budget.{next(iter(budget))}"):
        await spent(Spender([]), budget)


@pytest.mark.parametrize("mark", ["⟨hidden: password⟩", "\\u27e8hidden: key⟩"])
async def test_nothing_is_written_over_what_is_hidden_from_the_model(mark: str) -> None:
    house = House(limits=replace(Limits(), approval_seconds=60))
    assistant = house.process([Step("call", ("touch", f'{{"name": "KEY = {mark}"}}'))])
    body = RunAgentInput(thread_id="t", run_id="r", messages=[UserMessage(id="u", content="go")])
    await assistant.send("me", body)
    await assistant._runner.live["r"].run.ended.wait()
    events = [json.loads(entry.data) for entry in await house.entries("r")]
    result = next(event for event in events if event["type"] == "TOOL_CALL_RESULT")
    assert "hidden from you" in result["content"]
    assert result["metadata"]["jupyter_agent"]["status"] == "failed"
    assert "placeholder" in result["metadata"]["jupyter_agent"]["summary"]
    assert not any(event.get("name") == "jupyter_agent.input_requested" for event in events)
    assert house.traces.done == []
