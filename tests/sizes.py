"""How much the tests try: the one place for every figure that `dev.py test --full` raises to what we promise."""

import os

import hypothesis

SIZE = os.environ.get("JUPYTER_AGENT_TEST_SIZE", "short")
if SIZE not in ("short", "full"):
    raise ValueError(f"JUPYTER_AGENT_TEST_SIZE is {SIZE!r}; it can be 'short' or 'full'.")


def _sized(*, short: int, full: int) -> int:
    return full if SIZE == "full" else short


EXAMPLES = _sized(short=50, full=1_000)  # of a property test that does not say otherwise
RECONNECTS = _sized(short=50, full=1_000)  # at random cuts of a stream
KILLS = _sized(short=3, full=100)  # SIGKILL in the middle of a run
CANCELS = _sized(short=10, full=200)  # after which nothing may be left behind
API_INPUTS = _sized(short=300, full=10_000)  # generated requests
INTERLEAVINGS = _sized(short=100, full=1_000)  # of a typing person and an editing agent


def load_hypothesis_profile() -> None:
    """Short runs repeat exactly the same examples each time; full runs look for new ones. Both print how to repeat."""
    hypothesis.settings.register_profile(
        "short",
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,  # A shared machine may stall at any moment; time is measured in benchmarks/, not here.
        print_blob=True,
    )
    hypothesis.settings.register_profile("full", max_examples=EXAMPLES, deadline=None, print_blob=True)
    hypothesis.settings.load_profile(SIZE)
