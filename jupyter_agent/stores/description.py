"""What a store says about itself, for `health` and for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreDescription:
    """Where things are kept, and how well."""

    kind: Literal["sqlite", "memory"]
    path: str | None
    """The file, or None where there is none."""
    journal: Literal["wal", "delete", "memory"]
    durable: bool
    """Whether what is stored outlives the process."""
    message: str | None = None
    """A sentence for a person when the store is not as good as it could be; None when all is well."""
