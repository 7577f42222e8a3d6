"""Which clients listen just now, and for how long the others have been silent."""

from __future__ import annotations

from collections import Counter
from math import inf

from ..core.clock import Clock

Client = tuple[str, str]
"""Its owner and its id."""


class Presence:
    """Counts the streams of clients. What it knows of one stays until it is forgotten."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._streams: Counter[Client] = Counter()
        self._openings: Counter[Client] = Counter()
        self._silent: dict[Client, float] = {}

    @property
    def known(self) -> frozenset[Client]:
        """Everybody of whom anything is remembered."""
        return frozenset({*self._streams, *self._openings, *self._silent})

    def opened(self, client: Client) -> None:
        """One more stream."""
        self._streams[client] += 1
        self._openings[client] += 1
        self._silent.pop(client, None)

    def closed(self, client: Client) -> None:
        """One stream less."""
        self._streams[client] -= 1
        if not self._streams[client]:
            del self._streams[client]
            self._silent[client] = self._clock.monotonic()

    def spoke(self, client: Client) -> None:
        """A sign of life: its silence, if it has no stream, begins only now."""
        if client not in self._streams:
            self._silent[client] = self._clock.monotonic()

    def listens(self, client: Client) -> bool:
        """Whether it has a stream open."""
        return client in self._streams

    def silence(self, client: Client) -> float:
        """Seconds without a stream: none for one that listens, and endless for one that nobody has heard of."""
        if client in self._streams:
            return 0.0
        return self._clock.monotonic() - self._silent.get(client, -inf)

    def openings(self, client: Client) -> int:
        """How many streams it has opened so far."""
        return self._openings[client]

    def forget(self, client: Client) -> None:
        """Nobody will ask for it again. One that listens is not forgotten."""
        if client not in self._streams:
            self._openings.pop(client, None)
            self._silent.pop(client, None)
