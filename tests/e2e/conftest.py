"""The browser, the JupyterLab that it looks at, and the pages in it."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.e2e.lab import Lab
from tests.e2e.settings import provider
from tests.streams import STREAMS

# Nothing waits for the clock; this is only how long a loaded machine may take before a test gives up.
expect.set_options(timeout=30_000)

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


# Playwright's synchronous interface keeps an event loop running in this thread, and pytest-jupyter's two automatic
# fixtures close the thread's loop after every test. Browser tests have no server in this process: they need neither.
@pytest.fixture(autouse=True)
def jp_asyncio_loop() -> None:
    """Not used here."""


@pytest.fixture(autouse=True)
def jp_server_cleanup() -> None:
    """Not used here."""


@pytest.fixture(scope="package")
def start_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Lab]]:
    """Start a JupyterLab with traits (`{"ServerApp.base_url": "/hub/"}`) and environment variables of one's own."""
    home = tmp_path_factory.mktemp("home")
    labs: list[Lab] = []
    stores: set[Path] = set()

    def start(*, traits: Mapping[str, object] = {}, environment: Mapping[str, str] = {}) -> Lab:
        lab = Lab(tmp_path_factory.mktemp("lab"), home=home, traits=traits, environment=environment)
        labs.append(lab)
        stores.add(Path(environment.get("JUPYTER_AGENT_DATA_DIR", lab.data_dir / "jupyter_agent")))
        lab.start()
        return lab

    yield start
    for lab in labs:
        lab.stop()
    for store in stores:
        STREAMS.read(store / "assistant.sqlite3", "tests/e2e, in a JupyterLab")


@pytest.fixture(scope="package")
def lab_with(start_lab: Callable[..., Lab], request: pytest.FixtureRequest) -> Callable[[str], Lab]:
    """The JupyterLab that tests share in which this model answers, started when it is first asked for."""
    labs: dict[str, Lab] = {}

    def one(model: str) -> Lab:
        if model not in labs:
            known = {} if model == "builtin" else request.getfixturevalue("provider_variables")
            labs[model] = start_lab(traits={"JupyterAgent.model": model}, environment=known)
        return labs[model]

    return one


@pytest.fixture(scope="package")
def lab(lab_with: Callable[[str], Lab]) -> Lab:
    """The JupyterLab that tests share. A test that stops it, kills it or configures it starts one of its own."""
    return lab_with("builtin")


@pytest.fixture(scope="package")
def provider_variables() -> Iterator[dict[str, str]]:
    """The environment in which a server finds the fake provider, with a key for it."""
    with provider() as variables:
        yield variables


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    program = os.environ.get("JUPYTER_AGENT_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.fail(
            "No Chromium was found for the browser tests. `python3 dev.py test` installs one, or set"
            " JUPYTER_AGENT_CHROMIUM to the program.",
            pytrace=False,
        )
    arguments = list(ARGUMENTS)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium's sandbox refuses to work for root.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """Where screenshots go. Git ignores it; CI may keep it."""
    folder = Path(__file__).parent / "artifacts"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def console_errors() -> list[str]:
    """What the test's pages wrote to the console as errors, and the exceptions that nobody caught there."""
    return []


@pytest.fixture
def context(
    browser: Browser, artifacts: Path, console_errors: list[str], request: pytest.FixtureRequest
) -> Iterator[BrowserContext]:
    """One person's browser: pages opened in it (`context.new_page()`) are tabs that share a login."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(30_000)

    def watch(page: Page) -> None:
        page.on("console", lambda message: console_errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: console_errors.append(str(error)))

    context.on("page", watch)
    failed_before = request.session.testsfailed
    yield context
    if request.session.testsfailed > failed_before:
        name = re.sub(r"[^\w-]+", "-", request.node.name)
        for number, page in enumerate(context.pages, start=1):
            page.screenshot(path=artifacts / f"failed-{name}-{number}.png")
        sys.stderr.write("\n  ".join(["The page's console errors:", *console_errors]) + "\n")
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def notebook(lab: Lab, request: pytest.FixtureRequest) -> Iterator[str]:
    """A copy of penguins.ipynb in the shared JupyterLab, for this test alone; the path is relative to its root."""
    path = re.sub(r"[^\w-]+", "-", request.node.name) + ".ipynb"
    shutil.copy(lab.root / "penguins.ipynb", lab.root / path)
    before = set(lab.sessions())
    yield path
    # A kernel that has loaded pandas is large, and the JupyterLab is shared by many tests.
    for session in set(lab.sessions()) - before:
        lab.request(f"api/sessions/{session}", method="DELETE").close()


@pytest.fixture
def open_notebook() -> Callable[..., None]:
    """Open a notebook in a page and wait until its kernel is idle: to run a cell before that would ask for a kernel."""

    def open_in(page: Page, lab: Lab, path: str) -> None:
        page.goto(lab.address(f"lab/tree/{path}"))
        page.wait_for_function(
            """path => {
              const panel = window.jupyterapp?.shell.currentWidget;
              return panel?.context?.path === path && panel.sessionContext?.session?.kernel?.status === 'idle';
            }""",
            arg=path,
            timeout=60_000,
        )

    return open_in
