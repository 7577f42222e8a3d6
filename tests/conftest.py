"""What every test can ask for. Fixtures of a room lie in that room's own conftest."""

from collections.abc import Generator

import pytest

from tests import sizes
from tests.streams import STREAMS

# Has to be named in the outermost conftest: Jupyter's own fixtures (jp_fetch, jp_serverapp, ...), and the runner of
# `async def` tests.
pytest_plugins = ["pytest_jupyter.jupyter_server"]

sizes.load_hypothesis_profile()


def pytest_report_header() -> str:
    return f"jupyter-agent: test size {sizes.SIZE}"


def pytest_sessionstart() -> None:
    STREAMS.begin()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    outcome = yield
    STREAMS.end_test(item.nodeid)
    return outcome


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: what a small test can tell should be told first."""
    items.sort(key=lambda item: "e2e" in item.path.parts)
