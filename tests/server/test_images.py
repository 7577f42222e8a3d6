"""Images over HTTP: given as a blob, named in a message, told again with the thread, gone with it."""

from __future__ import annotations

import base64

from .conftest import question, says

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"


def asks(*parts, run="run-1"):
    """A question with these parts."""
    body = question(run=run)
    return {**body, "messages": [{"id": f"{run}-m", "role": "user", "content": list(parts)}]}


def image(value, **more):
    return {"type": "image", "source": {"type": "url", "value": value, **more}}


async def test_an_image_is_given_named_told_and_gone(client, play):
    play(says("A penguin."))
    stored = await client.request(
        "POST", "blobs", content=PNG, headers={"Content-Type": "image/png"}, params={"thread": "thread-1"}
    )
    name = f"blobs/{stored.json['blobId']}"
    words = {"type": "text", "text": "What is this?"}
    assert (await client.post("runs", asks(words, image(name)))).status == 202
    frames = await (await client.stream("runs/run-1/events")).rest()
    assert frames[0].data["input"]["messages"][0]["content"][1]["source"] == {
        "type": "url",
        "value": name,
        "mimeType": "image/png",
    }
    thread = (await client.get("threads/thread-1")).json
    assert thread["messages"][0]["content"][1]["source"]["value"] == name
    assert (await client.get(name)).content == PNG
    await client.request("DELETE", "threads/thread-1")
    assert (await client.get(name)).problem[:2] == (404, "unknown-blob")


async def test_an_image_in_the_body_is_kept_beside_the_message(client, play):
    play(says("A penguin."))
    source = {"type": "data", "value": base64.b64encode(PNG).decode(), "mimeType": "image/png"}
    assert (await client.post("runs", asks({"type": "image", "source": source}))).status == 202
    frames = await (await client.stream("runs/run-1/events")).rest()
    kept = frames[0].data["input"]["messages"][0]["content"][0]["source"]
    assert kept["type"] == "url"
    assert (await client.get(kept["value"])).content == PNG


async def test_what_is_no_image_of_this_thread_is_refused_in_words(client, play):
    play(says("Never said."))
    loose = (await client.request("POST", "blobs", content=PNG, headers={"Content-Type": "image/png"})).json["blobId"]
    text = (await client.request("POST", "blobs", content=b"text", params={"thread": "thread-1"})).json["blobId"]
    refusals = [
        (await client.post("runs", asks(image(value), run=f"run-{number}"))).problem
        for number, value in enumerate(["https://example.org/x.png", f"blobs/{loose}", f"blobs/{text}"])
    ]
    assert [(status, kind) for status, kind, _ in refusals] == [
        (400, "field"),
        (400, "unknown-image"),
        (400, "not-an-image"),
    ]
