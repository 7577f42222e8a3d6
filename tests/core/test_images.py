"""Images in a message: which are taken, where they lie, and that they are nobody else's."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import pytest
from ag_ui.core import BaseEvent, ImagePart, RunAgentInput, UserMessage

from jupyter_agent.core.agent import RunContext
from jupyter_agent.core.assistant import Assistant
from jupyter_agent.core.errors import Invalid, RequestError, TooLarge
from jupyter_agent.core.events import decode
from jupyter_agent.core.images import IMAGE_BYTES, blob_id, media_type
from jupyter_agent.core.records import Blob
from tests.core.house import House, Process, SilentHosts, question, until_ended

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"
GIF = b"GIF89a" + b"pixels"
HTML = b"<script>alert(1)</script>"


class Looking:
    """An agent that looks at every image of the thread."""

    def __init__(self) -> None:
        self.seen: list[bytes | None] = []

    async def run(self, context: RunContext) -> AsyncIterator[BaseEvent]:
        for message in context.history:
            if isinstance(message, UserMessage) and not isinstance(message.content, str):
                images = [part for part in message.content if isinstance(part, ImagePart)]
                self.seen += [await context.blob(blob_id(image) or "") for image in images]
        nothing: tuple[BaseEvent, ...] = ()
        for event in nothing:
            yield event


def house_of(agent: Looking) -> tuple[House, Assistant]:
    house = House()
    process = Process(id="p", living={"p"})
    store = house.store
    assistant = Assistant(
        log=store.log,
        records=store.records,
        clock=house.clock,
        instance=process,
        agent=agent,
        tools=[],
        hosts=SilentHosts(),
    )
    return house, assistant


def data(image: bytes, kind: str = "image/png") -> dict[str, Any]:
    return {"type": "image", "source": {"type": "data", "value": base64.b64encode(image).decode(), "mimeType": kind}}


def reference(value: str) -> dict[str, Any]:
    return {"type": "image", "source": {"type": "url", "value": value}}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def asked(*content: dict[str, Any], run: str = "r", thread: str = "t") -> RunAgentInput:
    message = UserMessage.model_validate({"id": f"{run}-m", "role": "user", "content": list(content)})
    return question(run=run, thread=thread).model_copy(update={"messages": [message]})


async def kept(house: House, image: bytes, *, owner: str = "me", thread: str | None = "t") -> str:
    blob = Blob(blob_id="b", owner=owner, thread_id=thread, content_type="text/html", data=image)
    await house.store.records.put_blob(blob)
    return "blobs/b"


async def test_an_image_that_is_kept_already_is_referred_to_by_what_it_really_is() -> None:
    agent = Looking()
    house, assistant = house_of(agent)
    await assistant.send("me", asked(text("What is this?"), reference(await kept(house, GIF))))
    await until_ended(assistant, "r")
    assert agent.seen == [GIF]
    thread = await assistant.thread("me", "t")
    part = thread["messages"][0]["content"][1]
    assert part["source"] == {"type": "url", "value": "blobs/b", "mimeType": "image/gif"}
    assert thread["title"] == "What is this?"
    assert (await assistant.threads("me"))["threads"][0]["preview"] == "What is this?"


async def test_an_image_that_comes_as_data_becomes_a_blob_and_is_in_no_event() -> None:
    agent = Looking()
    house, assistant = house_of(agent)
    body = asked(text("Look"), data(PNG, "text/html"))
    await assistant.send("me", body)
    await until_ended(assistant, "r")
    assert agent.seen == [PNG]
    entries = await house.entries("r")
    assert not any(base64.b64encode(PNG).decode() in entry.data for entry in entries)
    started: Any = decode(entries[0].data)
    source = started.input.messages[0].content[1].source
    blob = await house.store.records.blob("me", source.value.removeprefix("blobs/"))
    assert (source.mime_type, blob and (blob.content_type, blob.thread_id)) == ("image/png", ("image/png", "t"))
    # The same request again is the same run, and makes nothing.
    assert (await assistant.send("me", body)).run_id == "r"


async def test_an_image_alone_is_a_message_and_names_its_thread() -> None:
    _, assistant = house_of(Looking())
    await assistant.send("me", asked(data(PNG)))
    await until_ended(assistant, "r")
    assert (await assistant.thread("me", "t"))["title"] == "Image"


async def test_images_of_earlier_messages_are_there_in_the_next_run_and_gone_with_their_thread() -> None:
    agent = Looking()
    house, assistant = house_of(agent)
    await assistant.send("me", asked(data(PNG), run="r1"))
    await until_ended(assistant, "r1")
    await assistant.send("me", asked(text("And now?"), data(GIF), run="r2"))
    await until_ended(assistant, "r2")
    assert agent.seen == [PNG, PNG, GIF]
    content = (await assistant.thread("me", "t"))["messages"][0]["content"]
    name = content[0]["source"]["value"].removeprefix("blobs/")
    await assistant.delete("me", "t")
    assert await house.store.records.blob("me", name) is None


async def test_the_same_image_in_two_threads_goes_with_neither_but_its_own() -> None:
    house, assistant = house_of(Looking())
    for thread in ("one", "two"):
        await assistant.send("me", asked(data(PNG), run=thread, thread=thread))
        await until_ended(assistant, thread)
    content = (await assistant.thread("me", "two"))["messages"][0]["content"]
    await assistant.delete("me", "one")
    assert await house.store.records.blob("me", content[0]["source"]["value"].removeprefix("blobs/")) is not None


class TestRefused:
    CASES: ClassVar[list[tuple[list[dict[str, Any]], type[RequestError], str]]] = [
        ([reference("https://example.org/x.png")], Invalid, "nothing is fetched from elsewhere"),
        ([reference("data:image/png;base64,iVBORw0KGgo=")], Invalid, "nothing is fetched from elsewhere"),
        ([reference("blobs/../health")], Invalid, "nothing is fetched from elsewhere"),
        ([{"type": "image", "source": {"type": "file", "value": "f"}}], Invalid, "nothing is fetched from elsewhere"),
        ([reference("blobs/nothing")], Invalid, "not kept in this conversation"),
        ([data(HTML)], Invalid, "Only PNG, JPEG, GIF and WebP"),
        ([data(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml")], Invalid, "Only PNG"),
        ([data(b"")], Invalid, "Only PNG"),
        ([data(PNG + b"x" * IMAGE_BYTES)], TooLarge, "larger than 5 MB"),
        ([data(PNG + bytes([n])) for n in range(9)], TooLarge, "8 images at most"),
        (
            [{"type": "image", "source": {"type": "data", "value": "not base64!", "mimeType": "image/png"}}],
            Invalid,
            "is not base64",
        ),
        (
            [{"type": "audio", "source": {"type": "data", "value": "", "mimeType": "audio/mp3"}}],
            Invalid,
            "text and images can be sent; audio cannot",
        ),
        ([text(" \n")], Invalid, "a message is empty"),
    ]

    @pytest.mark.parametrize(("content", "kind", "words"), CASES)
    async def test_in_words(self, content: list[dict[str, Any]], kind: type[RequestError], words: str) -> None:
        house, assistant = house_of(Looking())
        with pytest.raises(kind, match=words):
            await assistant.send("me", asked(*content))
        assert await house.store.records.runs("me", "t") == []

    @pytest.mark.parametrize(("owner", "thread"), [("you", "t"), ("me", "another"), ("me", None)])
    async def test_what_is_somebody_elses_or_of_another_thread(self, owner: str, thread: str | None) -> None:
        house, assistant = house_of(Looking())
        with pytest.raises(Invalid, match="not kept in this conversation"):
            await assistant.send("me", asked(reference(await kept(house, PNG, owner=owner, thread=thread))))

    async def test_a_kept_file_that_is_no_image(self) -> None:
        house, assistant = house_of(Looking())
        with pytest.raises(Invalid, match="Only PNG"):
            await assistant.send("me", asked(reference(await kept(house, HTML))))


@pytest.mark.parametrize(
    ("begins", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0...", "image/jpeg"),
        (b"GIF87a...", "image/gif"),
        (b"GIF89a...", "image/gif"),
        (b"RIFF\n\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\n\0\0\0WAVEfmt ", None),
        (b"BM......", None),
        (b" \x89PNG\r\n\x1a\n", None),
    ],
)
def test_an_image_is_known_by_its_first_bytes(begins: bytes, kind: str | None) -> None:
    assert media_type(begins) == kind
