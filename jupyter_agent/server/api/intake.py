"""The body of a request as it comes in: no more of it is kept than may be used."""

from __future__ import annotations

SWALLOWED = 32
"""A body up to so many times its limit is read to its end and refused in words; a larger one is cut off."""


class Intake:
    """Takes the chunks of one body. `declared` is the request's Content-Length."""

    def __init__(self, limit: int, declared: str = "") -> None:
        self.limit = limit
        self._declared = int(declared[:18]) if declared.isdecimal() else 0
        self._chunks: list[bytes] = []
        self._size = 0

    def take(self, chunk: bytes) -> None:
        """One more chunk. What is over the limit is counted and dropped."""
        self._size += len(chunk)
        if self._size <= self.limit:
            self._chunks.append(chunk)
        else:
            self._chunks.clear()

    @property
    def over(self) -> bool:
        """Whether the body is larger than may be used."""
        return self._size > self.limit or self.hopeless

    @property
    def hopeless(self) -> bool:
        """Whether it is not worth reading on: the body is, or is declared to be, far too large."""
        return max(self._declared, self._size) > self.limit * SWALLOWED

    @property
    def body(self) -> bytes:
        """All of it."""
        return b"".join(self._chunks)
