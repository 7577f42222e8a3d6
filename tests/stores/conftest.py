"""A store of each kind, for the contract suites."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from jupyter_agent.core.clock import ManualClock

from .kinds import KINDS, LASTING, Store

Opened = Callable[[], AbstractAsyncContextManager[Store]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(now=5_000)


@pytest.fixture(params=list(KINDS))
def opened(request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock) -> Opened:
    """Opens a store that is empty at first; opened once more, it is the same one."""
    return lambda: KINDS[request.param](tmp_path, clock)


@pytest.fixture(params=LASTING)
def lasting(request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock) -> Opened:
    """As `opened`, for those that outlive their process."""
    return lambda: KINDS[request.param](tmp_path, clock)
