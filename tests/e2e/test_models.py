"""A model of a provider: chosen by its name, sent an image, waited for, and what it used told and kept."""

from __future__ import annotations

import asyncio
import base64
import struct
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from jupyter_agent.agents.fake import FakeProvider
from jupyter_agent.agents.scripted import ScriptedModel
from tests.e2e.lab import Lab
from tests.e2e.panel import PATIENCE, Opener, Panel

PASTE = """([field, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(bytes), c => c.charCodeAt(0))], 'square.png', {type: 'image/png'}));
  field.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
}"""


def png(side: int = 32) -> bytes:
    """A red square."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    rows = (b"\0" + b"\xff\0\0" * side) * side
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@contextmanager
def provider(turns: Sequence[Sequence[dict[str, Any]]]) -> Iterator[FakeProvider]:
    """A provider beside the test, so that the test sees what arrives there."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(30)

    fake = run(FakeProvider(ScriptedModel(turns)).__aenter__())
    try:
        yield fake
    finally:
        run(fake.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


def choose(panel: Panel, provider_label: str, name: str) -> None:
    """Another model than those in the list."""
    panel.root.locator(".ja-ModelMenu > button").click()
    panel.root.get_by_role("button", name="Another model…").click()
    panel.root.get_by_label("Provider").select_option(label=provider_label)
    field = panel.root.get_by_label("Name of the model")
    field.fill(name)
    field.press("Enter")
    expect(panel.root.locator(".ja-ModelMenu .ja-Popover-name")).to_have_text(name)


def test_an_image_reaches_the_model_and_its_cost_the_person(
    start_lab: Callable[..., Lab], page: Page, open_notebook: Opener, console_errors: list[str], artifacts: Path
) -> None:
    turns: list[list[dict[str, Any]]] = [
        [{"reasoning": "A square, and it is red."}, {"text": "I see a red square."}],
        [{"fault": "refused", "why": "rate", "headers": {"retry-after": "50"}}],
    ]
    with provider(turns) as fake:
        lab = start_lab(environment={"OPENAI_API_KEY": "sk-of-this-test", "OPENAI_BASE_URL": fake.base_url})
        # JupyterLab takes the focus, and so closes menus, until what it shows is there.
        open_notebook(page, lab, "penguins.ipynb")
        panel = Panel(page).fresh()
        assert fake.requests == [], "a key that was found is used before anybody has chosen it"
        choose(panel, "OpenAI", "fake")

        field = panel.field.element_handle()
        page.evaluate(PASTE, [field, base64.b64encode(png()).decode()])
        expect(panel.root.get_by_role("list", name="Attached images").get_by_role("img")).to_have_count(1)
        page.screenshot(path=artifacts / "models-attached.png", animations="disabled")

        answer = panel.ask("What is this?")
        assert "I see a red square." in panel.await_end(answer)

        asked = fake.requests[-1].body["input"][-1]["content"]
        assert base64.b64encode(png()).decode() in next(part["image_url"] for part in asked if "image_url" in part)
        assert [part["text"] for part in asked if "text" in part] == ["What is this?"]

        def told(where: Panel) -> str:
            picture = where.questions.locator("img")
            expect(picture).to_be_visible(timeout=PATIENCE)
            page.wait_for_function("image => image.naturalWidth === 32", arg=picture.element_handle())
            line = where.answers.locator(".ja-Spent")
            expect(line).to_contain_text("tokens in")
            return line.inner_text()

        before = told(panel)
        page.screenshot(path=artifacts / "models-answered.png", animations="disabled")
        page.reload()
        assert told(Panel(page).show()) == before
        expect(panel.root.locator(".ja-ModelMenu .ja-Popover-name")).to_have_text("fake")

        answer = panel.ask("Are you sure?")
        expect(answer.locator(".ja-Waiting")).to_contain_text("Trying again in")
        page.screenshot(path=artifacts / "models-waiting.png", animations="disabled")
        panel.stop()
        panel.await_end(answer, "cancelled")
        expect(answer.locator(".ja-Waiting")).to_have_count(0)
        assert console_errors == []
