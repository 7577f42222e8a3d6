"""The claims of pages on notebooks: they outlive streams and this process, and they end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

from ..core.clock import Clock
from ..core.records import LeaseRecord, Records

SWEEP_SECONDS = 3600
"""Between two looks for claims that have expired."""


class Leases:
    """Keeps them in the records. What one call writes is handed in at once, so that the store can commit it at once."""

    def __init__(self, records: Records, clock: Clock, seconds: float) -> None:
        self._records = records
        self._clock = clock
        self._milliseconds = int(seconds * 1000)
        self._swept: dict[str, float] = {}

    async def claim(self, owner: str, page_id: str, paths: Mapping[str, str], closed: Iterable[str]) -> None:
        """Lease the documents of `paths` (id to path) from now on, and let go of those that the page has closed."""
        now = self._clock.now()
        leases = [
            LeaseRecord(
                owner=owner,
                page_id=page_id,
                document_id=document_id,
                path=path,
                taken_at=now,
                expires_at=now + self._milliseconds,
            )
            for document_id, path in paths.items()
        ]
        await asyncio.gather(
            *(self._records.claim(lease) for lease in leases),
            *(self._records.release(owner, page_id, document_id) for document_id in closed),
        )

    async def release(self, owner: str, page_id: str) -> bool:
        """Let go of all that the page holds; False if it held nothing."""
        held = any(lease.page_id == page_id for lease in await self._records.leases(owner))
        if held:
            await self._records.release(owner, page_id)
        return held

    async def sweep(self, owner: str, spared: Callable[[str], bool]) -> None:
        """Once in a while, delete what has expired, also of pages that an earlier process knew; not of spared pages."""
        last = self._swept.get(owner)
        if last is not None and self._clock.monotonic() - last < SWEEP_SECONDS:
            return
        self._swept[owner] = self._clock.monotonic()
        now = self._clock.now()
        await asyncio.gather(
            *(
                self._records.release(owner, lease.page_id, lease.document_id)
                for lease in await self._records.leases(owner)
                if lease.expires_at <= now and not spared(lease.page_id)
            )
        )
