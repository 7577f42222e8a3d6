"""What goes wrong at a provider, over its real wire: what the person reads, what is kept, and that it goes on after."""

from dataclasses import replace

import pytest

from jupyter_agent.agents.fake import FakeProvider
from jupyter_agent.agents.loop import Loop
from jupyter_agent.agents.models import Models
from jupyter_agent.agents.retries import Patience
from jupyter_agent.agents.scripted import ScriptedModel, ScriptedToolbox
from jupyter_agent.core.errors import ModelError
from tests.agents.talk import KEY, TRIES, Answer, Step, Talk, talk
from tests.agents.test_loop import context
from tests.agents.wires import LABELS, WIRES

WELL: Step = {"text": "All is well."}
HALF: Step = {"text": "Half an ans"}
CALL: Step = {"call": {"name": "insert_cell", "id": "a", "arguments": {"source": "x = 1"}}}
CUT_CALL: Step = {"call": {"name": "insert_cell", "id": "a", "arguments": '{"source": "x = 1"'}}
CUT_CALL_2: Step = {"call": {"name": "insert_cell", "id": "b", "arguments": '{"source": "x = 1"'}}
FAILED: Step = {"fault": "failed", "why": "overloaded"}
NO_REASON: Step = {"fault": "stop", "reason": None}
COMMENTS: Step = {"fault": "raw", "text": ": hm\r\n\r\n:\n\n"}


def refused(why: str, times: int = 1) -> list[Step]:
    return [{"fault": "refused", "why": why, "times": times}, WELL]


WRONG_KEY = "{label} ({address}) did not accept the configured key. Check the key and what it may use."
UNKNOWN_MODEL = "{label} does not know a model named “fake”, or its address is wrong."
TOO_LONG = "This conversation has become too long for the model. Start a new one, or choose a model that can read more."
NO_CREDIT = "{label} says that the account has used up its quota or credit."
TOO_MANY = "{label} is getting too many requests. Wait a little and try again."
OWN_ERROR = "{label} had an error of its own. Try again in a little while."
NOT_AVAILABLE = "{label} is not available at the moment. Try again in a little while."
OVERLOADED = "{label} is overloaded at the moment. Try again in a little while."
NOT_REACHED = "{label} ({address}) broke off before it answered. Try again; its own log may say why."
SENT_ON = (
    "The address of the model, 127.0.0.1, sends its visitors on to another address, which is not followed, so that no "
    "key goes astray. Configure the final address as base_url."
)
BROKE_OFF = "The connection to the model broke off, so the answer is incomplete. Try again."
CUT_SHORT = "The model reached the limit of what it may write at once, so the answer is incomplete."
FILTERED = "The model's provider stopped this answer because of its content rules."
UNREADABLE = "The model's answer could not be read: it broke off or was malformed. Try again."
NOTHING = "The model answered with nothing. Try again, or put the question differently."
SILENT = "The model said nothing for a long time, so it was stopped. Try again."
TOO_LARGE = "The model's provider sent more at once than can be taken, so it was cut off."


def told(words: str, conversation: Talk, wire: str) -> str:
    """The sentence, with the name of the provider and where it is."""
    return words.format(label=LABELS[wire], address=conversation.fake.url.removeprefix("http://"))


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(
    ("turn", "problem", "requests"),
    [
        pytest.param(refused("key"), WRONG_KEY, 1, id="a wrong key"),
        pytest.param(refused("model"), UNKNOWN_MODEL, 1, id="an unknown model"),
        pytest.param(refused("context"), TOO_LONG, 1, id="too long a conversation"),
        pytest.param(refused("quota"), NO_CREDIT, 1, id="no credit"),
        pytest.param(refused("rate", TRIES), TOO_MANY, TRIES, id="too many requests"),
        pytest.param(refused("server", TRIES), OWN_ERROR, TRIES, id="500"),
        pytest.param(refused("unavailable", TRIES), NOT_AVAILABLE, TRIES, id="503"),
        pytest.param(refused("overloaded", TRIES), OVERLOADED, TRIES, id="overloaded"),
        pytest.param([{"fault": "hangup", "times": TRIES}, WELL], NOT_REACHED, TRIES, id="hung up"),
        pytest.param([{"fault": "cut", "times": TRIES}, WELL], NOT_REACHED, TRIES, id="cut before a word"),
        pytest.param([FAILED | {"times": TRIES}, WELL], OVERLOADED, TRIES, id="failed before a word"),
        pytest.param([{"fault": "malformed", "times": 1}, WELL], UNREADABLE, 1, id="malformed before a word"),
        pytest.param([{"fault": "stop", "reason": "stop", "times": 1}, WELL], NOTHING, 1, id="an empty answer"),
    ],
)
async def test_a_fault_before_the_first_word(turn: list[Step], problem: str, requests: int, wire: str) -> None:
    async with talk(wire, turn) as conversation:
        answer = await conversation.say()
        again = await conversation.say("again")
        thread = await conversation.thread()
    problem = told(problem, conversation, wire)
    assert answer == Answer(said="", problem=problem, code="model", waits=requests - 1, requests=requests)
    assert again == Answer(said="All is well.", problem=None, code=None, waits=0, requests=1)
    assert thread == ["All is well."]


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "refused", "why": "rate"},
        {"fault": "refused", "why": "server"},
        {"fault": "refused", "why": "unavailable"},
        {"fault": "refused", "why": "overloaded"},
        {"fault": "hangup"},
        {"fault": "cut"},
        {"fault": "failed", "why": "server"},
    ],
    ids=str,
)
async def test_what_passes_by_itself_is_waited_for(fault: Step, wire: str) -> None:
    async with talk(wire, [{**fault, "times": TRIES - 1}, WELL]) as conversation:
        answer = await conversation.say()
    assert answer == Answer(said="All is well.", problem=None, code=None, waits=TRIES - 1, requests=TRIES)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(
    ("faults", "problem"),
    [
        pytest.param([{"fault": "failed", "why": "overloaded"}], OVERLOADED, id="an error event: overloaded"),
        pytest.param([{"fault": "failed", "why": "server"}], OWN_ERROR, id="an error event: server"),
        pytest.param([{"fault": "failed", "why": "rate"}], TOO_MANY, id="an error event: rate"),
        pytest.param([{"fault": "cut"}], BROKE_OFF, id="cut in a word"),
        pytest.param([CUT_CALL, {"fault": "cut"}], BROKE_OFF, id="cut in a call"),
        pytest.param([CALL, {"fault": "cut"}], BROKE_OFF, id="cut after a call"),
        pytest.param([NO_REASON], BROKE_OFF, id="an end without a reason"),
        pytest.param([CUT_CALL, NO_REASON], BROKE_OFF, id="an end without a reason in a call"),
        pytest.param([CALL, NO_REASON], BROKE_OFF, id="an end without a reason after a call"),
        pytest.param([{"fault": "stop", "reason": "length"}], CUT_SHORT, id="length"),
        pytest.param([CUT_CALL, {"fault": "stop", "reason": "length"}], CUT_SHORT, id="length in a call"),
        pytest.param([CALL, CUT_CALL_2, {"fault": "stop", "reason": "length"}], CUT_SHORT, id="length in the second"),
        pytest.param([{"fault": "stop", "reason": "content_filter"}], FILTERED, id="content rules"),
        pytest.param([{"fault": "malformed"}], UNREADABLE, id="malformed"),
        pytest.param([CALL, {"fault": "malformed"}], UNREADABLE, id="malformed after a call"),
        pytest.param([{"fault": "huge"}], TOO_LARGE, id="a line of 5 MB"),
    ],
)
async def test_a_fault_in_the_middle(faults: list[Step], problem: str, wire: str) -> None:
    """What was said is kept, nothing is asked again, no call is made, and the next message is answered."""
    async with talk(wire, [HALF, *faults], [WELL]) as conversation:
        answer = await conversation.say()
        again = await conversation.say("again")
        thread = await conversation.thread()
        assert conversation.bench.sources() == []
    problem = told(problem, conversation, wire)
    assert answer == Answer(said="Half an ans", problem=problem, code="model", waits=0, requests=1)
    assert again == Answer(said="All is well.", problem=None, code=None, waits=0, requests=1)
    assert thread == ["Half an ans", "All is well."]


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(
    ("turn", "said"),
    [
        pytest.param([HALF, {"hang": True}], "Half an ans", id="after a word"),
        pytest.param([CALL, {"hang": True}], "", id="after a call"),
        pytest.param([{"fault": "ping"}, {"hang": True}], "", id="after a sign of life"),
        pytest.param([{"hang": True}], "", id="before anything"),
    ],
)
async def test_a_stall_ends_and_the_connection_is_closed(turn: list[Step], said: str, wire: str) -> None:
    async with talk(wire, turn, idle=0.3) as conversation:
        answer = await conversation.say()
        await conversation.fake.until(lambda fake: fake.open_connections == 0)
        assert conversation.bench.sources() == []
        assert len(conversation.fake.closed_early) == 1
    assert answer == Answer(said=said, problem=SILENT, code="model", waits=0, requests=1)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(
    ("turn", "said"),
    [
        pytest.param([{"text": "All "}, {"fault": "unknown"}, {"text": "is well."}], "All is well.", id="unknown"),
        pytest.param([{"text": "All "}, COMMENTS, {"text": "is well."}], "All is well.", id="comments and CRLF"),
        pytest.param([{"text": "A "}, {"fault": "utf8"}, {"text": "!"}], "A caf\ufffd\ufffd!", id="not UTF-8"),
        pytest.param(
            [{"fault": "trickle"}, {"text": "A caf\u00e9 \U0001f600!"}], "A caf\u00e9 \U0001f600!", id="bytes"
        ),
        pytest.param([{"fault": "huge", "size": 200_000}], "x" * 200_000, id="a line of 200 kB"),
        pytest.param([{"text": "A \ud83d\ude00!", "chunk": 1}], "A \U0001f600!", id="a character in halves"),
        pytest.param([{"text": "A \ud83d!"}], "A \ufffd!", id="half a character"),
    ],
)
async def test_what_is_only_odd_is_read(turn: list[Step], said: str, wire: str) -> None:
    """And what is kept of it is taken by the provider with the next message."""
    async with talk(wire, turn, [WELL]) as conversation:
        answer = await conversation.say()
        again = await conversation.say("again")
        thread = await conversation.thread()
    assert answer == Answer(said=said, problem=None, code=None, waits=0, requests=1)
    assert again.said == "All is well."
    assert thread == [said, "All is well."]


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("turn", [[{"text": " \n"}], [{"reasoning": "Hm."}]], ids=["blanks", "only a thought"])
async def test_an_answer_that_says_nothing_is_told_as_such(turn: list[Step], wire: str) -> None:
    async with talk(wire, turn, endless=True) as conversation:
        answer, again = await conversation.say(), await conversation.say("again")
    assert (answer.problem, again.problem) == (NOTHING, NOTHING)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(
    "calls",
    [
        pytest.param([{"call": {"name": "nobody knows", "id": "a"}}], id="an unknown tool"),
        pytest.param([{"call": {"name": "insert_cell", "id": "a", "arguments": "[1]"}}], id="a list"),
        pytest.param([CUT_CALL], id="cut, and told as whole"),
        pytest.param([{"call": {"name": "insert_cell", "id": "a", "arguments": {"sauce": "x"}}}], id="a wrong name"),
        pytest.param([{"call": {"name": "run_cell", "id": "x" * 70}}], id="a long id"),
    ],
)
async def test_a_bad_call_is_answered_to_the_model_and_does_nothing(calls: list[Step], wire: str) -> None:
    async with talk(wire, calls, [WELL], [WELL]) as conversation:
        answer, again = await conversation.say(), await conversation.say("again")
        assert conversation.bench.sources() == []
    assert answer == Answer(said="All is well.", problem=None, code=None, waits=0, requests=2)
    assert again.said == "All is well."


@pytest.mark.parametrize("wire", WIRES)
async def test_many_calls_at_once_with_the_same_id_are_each_made_once(wire: str) -> None:
    calls = [{"call": {"name": "insert_cell", "id": "a", "arguments": {"source": f"x = {n}"}}} for n in range(5)]
    async with talk(wire, calls, [WELL]) as conversation:
        answer = await conversation.say()
        assert sorted(conversation.bench.sources()) == [f"x = {n}" for n in range(5)]
    assert answer.said == "All is well."


@pytest.mark.parametrize("wire", WIRES)
async def test_a_model_that_never_ends_is_stopped(wire: str) -> None:
    circle = [{"call": {"name": "read_notebook"}}]
    async with talk(wire, circle, endless=True) as conversation:
        answer = await conversation.say()
    words = "The model did the same thing 3 times and learned nothing new, so it was stopped."
    assert answer == Answer(said="", problem=words, code="limit", waits=0, requests=3)


@pytest.mark.parametrize("wire", WIRES)
async def test_a_provider_that_goes_away_in_the_middle_of_the_work_leaves_what_was_done(wire: str) -> None:
    second = {"call": {"name": "insert_cell", "id": "b", "arguments": {"source": "y = 2"}}}
    async with talk(wire, [CALL], [*refused("unavailable", TRIES)[:1], second], [WELL]) as conversation:
        answer = await conversation.say()
        assert conversation.bench.sources() == ["x = 1"]
        again = await conversation.say("go on")
        assert sorted(conversation.bench.sources()) == ["x = 1", "y = 2"]
    assert (answer.problem, answer.requests) == (told(NOT_AVAILABLE, conversation, wire), 1 + TRIES)
    assert (again.said, again.problem) == ("All is well.", None)


@pytest.mark.parametrize("wire", WIRES)
async def test_a_redirect_is_not_followed_and_the_key_goes_nowhere(wire: str) -> None:
    async with FakeProvider(ScriptedModel([[WELL]])) as other:
        async with talk(wire, [{"fault": "redirect", "to": f"{other.url}/v1/messages"}]) as conversation:
            answer = await conversation.say()
        assert other.requests == []
    assert answer == Answer(said="", problem=SENT_ON, code="model", waits=0, requests=1)


@pytest.mark.parametrize("wire", WIRES)
async def test_the_key_is_in_no_event_and_in_no_line_of_the_log(wire: str, caplog: pytest.LogCaptureFixture) -> None:
    async with talk(wire, refused("key")) as conversation:
        await conversation.say()
        assert conversation.fake.requests[0].key == KEY
        logged = [entry.data for entry in await conversation.log()]
    assert "failed" in caplog.text
    assert KEY not in caplog.text + "".join(logged)


@pytest.mark.parametrize("wire", WIRES)
async def test_stop_closes_the_connection_to_the_provider(wire: str) -> None:
    async with talk(wire, [HALF, {"hang": True}]) as conversation:
        await conversation.send("go")
        await conversation.fake.until(lambda fake: len(fake.requests) == 1)
        await conversation.assistant.cancel("ann", "r1")
        await conversation.fake.until(lambda fake: fake.open_connections == 0, within=2.0)
        assert conversation.fake.closed_early == conversation.fake.requests


@pytest.mark.parametrize(
    ("environ", "given", "words"),
    [
        ({"OPENAI_API_KEY": "sk-wrong"}, {}, "the key in OPENAI_API_KEY. Check the key and what it may use."),
        ({"LAB": "sk-wrong"}, {"api_key_env": "LAB"}, "the key in LAB. Check the key and what it may use."),
        ({}, {"api_key": "sk-wrong"}, "the configured key. Check the key and what it may use."),
        ({}, {"headers": {"X-Key": "sk-wrong"}}, "the configured headers. Check them and what they may use."),
        ({}, {}, "a request without a key. Configure its api_key."),
    ],
)
async def test_a_refused_key_is_named_by_where_it_is_from(
    environ: dict[str, str], given: dict[str, str], words: str
) -> None:
    async with FakeProvider(ScriptedModel([[WELL]]), key=KEY) as fake:
        here = {**environ, "OPENAI_BASE_URL": fake.base_url}
        lab = {} if "OPENAI_API_KEY" in environ else {"lab": {"kind": "openai", "base_url": fake.base_url, **given}}
        offered = Models(providers=lab, environ=here)
        asked = replace(context(ScriptedToolbox()), model="lab:fake" if lab else "openai:fake")
        with pytest.raises(ModelError) as refusal:
            [event async for event in Loop(offered.resolve).run(asked)]
    label = "lab" if lab else "OpenAI"
    assert str(refusal.value) == f"{label} ({fake.url.removeprefix('http://')}) did not accept {words}"


@pytest.mark.parametrize(
    ("label", "address", "words"),
    [
        ("Lab", "127.0.0.1:1", "Nothing answers at 127.0.0.1:1 (Lab). Start it, or check its address."),
        ("Lab", "0.0.0.0:1", "Lab (0.0.0.0) cannot be reached. Check the network and its address."),
        ("Lab (far)", "0.0.0.0:1", "Lab (far, 0.0.0.0) cannot be reached. Check the network and its address."),
    ],
)
async def test_where_nothing_answers_is_said(
    label: str, address: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    given = {"lab": {"label": label, "base_url": f"http://{address}/v1"}}
    asked = replace(context(ScriptedToolbox()), model="lab:fake")
    loop = Loop(Models(providers=given, environ={}).resolve, patience=Patience(retries=0))
    with pytest.raises(ModelError) as refusal:
        [event async for event in loop.run(asked)]
    assert str(refusal.value) == words
