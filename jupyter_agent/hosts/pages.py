"""Who is there: the pages that front ends have open, what they hold, and which of them can be reached just now.

In memory only. A page tells all of it again whenever its stream opens, so nothing here has to survive a restart; what
does survive is the lease on each notebook, in the records.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ..core.clock import Clock
from ..core.errors import Conflict, NotFound
from ..core.records import LeaseRecord, Records
from ..core.shape import fit
from .reports import Ended, Registration, ended

LEASE_SECONDS = 24 * 3600
_REMEMBERED = 1000
"""Pages and documents that are gone, so that a waiting run finds its notebook in the page as it is after a reload."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One notebook, open in one page. `path` is only its label: renames change it."""

    page_id: str
    document_id: str
    path: str
    kernel_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One load of a front end."""

    page_id: str
    client_id: str
    threads: frozenset[str]
    documents: Mapping[str, Document]


class Pages:
    """All pages of all owners. Every look-up is by owner."""

    def __init__(self, records: Records, clock: Clock, *, lease_seconds: float = LEASE_SECONDS) -> None:
        self._records = records
        self._clock = clock
        self._lease = int(lease_seconds * 1000)
        self._pages: dict[tuple[str, str], Page] = {}
        self._streams: Counter[tuple[str, str]] = Counter()
        self._openings: Counter[tuple[str, str]] = Counter()
        self._paths: dict[tuple[str, str], str] = {}
        self._left: dict[tuple[str, str], float] = {}
        self._began = clock.monotonic()
        self._expected: dict[str, asyncio.Future[Ended]] = {}
        self._changed = asyncio.Event()
        self._in_order = asyncio.Lock()
        """A leave-taking must not be overtaken by the registration that came before it."""

    # What pages say

    async def put(self, owner: str, page_id: str, body: Mapping[str, Any]) -> None:
        """Take a page's registration in place of its last one. Raises Invalid."""
        given = fit(Registration, body)
        documents = {
            d.document_id: Document(page_id=page_id, document_id=d.document_id, path=d.path, kernel_id=d.kernel_id)
            for d in given.documents
        }
        page = Page(page_id=page_id, client_id=given.client_id, threads=frozenset(given.threads), documents=documents)
        async with self._in_order:
            await self._claim(owner, page)
            self._pages[owner, page_id] = page
        self._notify()

    async def remove(self, owner: str, page_id: str) -> None:
        """A page takes its leave. Raises NotFound."""
        async with self._in_order:
            page = self._pages.pop((owner, page_id), None)
            held = [lease for lease in await self._records.leases(owner) if lease.page_id == page_id]
            if page is None and not held:
                raise NotFound("unknown-page", "There is no page with this id. It may have taken its leave already.")
            await self._records.release(owner, page_id)
        if page is not None:
            self._forget(owner, page.client_id)
            _keep(self._left, (owner, page_id), self._clock.monotonic())
        self._notify()

    async def report(self, owner: str, action_id: str, body: Mapping[str, Any]) -> None:
        """Take a page's word on how an action ended.

        Raises NotFound, Invalid, Conflict("action-answered") with the final `state`: also for an action that was given
        up because nobody answered in time.
        """
        action = await self._records.action(owner, action_id)
        if action is None:
            raise NotFound("unknown-action", "There is no action with this id.")
        report = ended(action.operation, body)
        # A read changes nothing and can be repeated: its cells need not be kept a second time.
        kept = None if action.operation == "read" and report.outcome == "done" else json.dumps(body)
        if not await self._records.resolve_action(owner, action_id, state=report.outcome, result=kept):
            final = await self._records.action(owner, action_id)
            state = final.state if final else "unknown"
            raise Conflict("action-answered", f"This action has already ended: {state}.", state=state)
        future = self._expected.get(action_id)
        if future is not None and not future.done():
            future.set_result(report)
        self._notify()

    @contextlib.contextmanager
    def connected(self, owner: str, client_id: str) -> Iterator[None]:
        """While the body runs, this client has a stream open."""
        key = (owner, client_id)
        self._streams[key] += 1
        self._openings[key] += 1
        self._notify()
        try:
            yield
        finally:
            self._streams[key] -= 1
            if not self._streams[key]:
                del self._streams[key]
                self._forget(owner, client_id)
            self._notify()

    # What is known of them

    def page(self, owner: str, page_id: str) -> Page | None:
        """The page, if it has registered and not left."""
        return self._pages.get((owner, page_id))

    def document(self, owner: str, page_id: str, document_id: str) -> Document | None:
        """The document, if it is open in that page."""
        page = self.page(owner, page_id)
        return page.documents.get(document_id) if page else None

    def holders(self, owner: str, path: str) -> list[Document]:
        """Every open document of this path."""
        return [document for document in self.documents(owner) if document.path == path]

    def documents(self, owner: str) -> list[Document]:
        """Everything that this owner has open."""
        return [d for (whose, _), page in self._pages.items() if whose == owner for d in page.documents.values()]

    def last_path(self, owner: str, document_id: str) -> str | None:
        """The last path of a document, also when it is no longer open."""
        return self._paths.get((owner, document_id))

    def reachable(self, owner: str, page_id: str) -> bool:
        """Whether what is said now reaches this page."""
        page = self.page(owner, page_id)
        return page is not None and (owner, page.client_id) in self._streams

    def absence(self, owner: str, page_id: str) -> float | None:
        """Seconds for which this page has been away; None while it is here.

        One that was never here may have been before the server was started anew: it counts from then.
        """
        if (owner, page_id) in self._pages:
            return None
        return self._clock.monotonic() - self._left.get((owner, page_id), self._began)

    def openings(self, owner: str, page_id: str) -> int:
        """How many streams this page's client has opened so far."""
        page = self.page(owner, page_id)
        return self._openings[owner, page.client_id] if page else 0

    def threads_of(self, owner: str, client_id: str) -> frozenset[str]:
        """The threads that the pages of this client name."""
        return frozenset(t for page in self._pages_of(owner, client_id) for t in page.threads)

    def pages_of(self, owner: str, client_id: str) -> frozenset[str]:
        """The ids of this client's pages."""
        return frozenset(page.page_id for page in self._pages_of(owner, client_id))

    # Waiting

    @contextlib.contextmanager
    def expecting(self, action_id: str) -> Iterator[asyncio.Future[Ended]]:
        """A future for the page's report on this action."""
        future: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        self._expected[action_id] = future
        try:
            yield future
        finally:
            del self._expected[action_id]

    async def until(self, condition: Callable[[], bool], seconds: float | None = None) -> bool:
        """True as soon as the condition holds, looked at whenever a page says something; False after `seconds`."""
        if condition():
            return True
        if seconds is not None and seconds <= 0:
            return False
        alarm = None if seconds is None else asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            while not condition():
                if alarm is not None and alarm.done():
                    return False
                change = asyncio.ensure_future(self._changed.wait())
                try:
                    await asyncio.wait({change, alarm} if alarm else {change}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    change.cancel()
            return True
        finally:
            if alarm is not None:
                alarm.cancel()

    def _pages_of(self, owner: str, client_id: str) -> list[Page]:
        return [page for (whose, _), page in self._pages.items() if whose == owner and page.client_id == client_id]

    async def _claim(self, owner: str, page: Page) -> None:
        """Lease what the page holds now, and let go of what it held before."""
        now = self._clock.now()
        for document in page.documents.values():
            lease = LeaseRecord(
                owner=owner,
                page_id=page.page_id,
                document_id=document.document_id,
                path=document.path,
                taken_at=now,
                expires_at=now + self._lease,
            )
            await self._records.claim(lease)
            _keep(self._paths, (owner, document.document_id), document.path)
        known = self._pages.get((owner, page.page_id))
        for document_id in set(known.documents if known else ()) - set(page.documents):
            await self._records.release(owner, page.page_id, document_id)

    def _forget(self, owner: str, client_id: str) -> None:
        """Drop the count of openings once nobody can ask for it."""
        if (owner, client_id) not in self._streams and not self._pages_of(owner, client_id):
            self._openings.pop((owner, client_id), None)

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def _keep(kept: dict[tuple[str, str], T], key: tuple[str, str], value: T) -> None:
    """Put it in as the newest, and let the oldest go when there are too many."""
    kept.pop(key, None)
    kept[key] = value
    while len(kept) > _REMEMBERED:
        del kept[next(iter(kept))]
