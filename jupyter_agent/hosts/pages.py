"""Who is there: the pages that front ends have open, what they hold, and which of them can be reached just now.

In memory only. A page tells all of it again whenever its stream opens, so nothing here has to survive a restart; what
does survive is the lease on each notebook, in the records.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

from ..core.clock import Clock
from ..core.errors import Conflict, NotFound, TooMany
from ..core.records import Records
from ..core.shape import fit
from .documents import Belongs, Document, Page, accepted
from .leases import Leases
from .presence import Presence
from .reports import Ended, Registration, ended

LEASE_SECONDS = 24 * 3600
HOLDING_SECONDS = 60.0
"""Without a stream for so long, a page is no holder of its notebooks any more. The runs that it started still wait."""
PAGES = 100
"""Of one owner. When there are more, those that have been away for longest are taken to have left."""
_REMEMBERED = 1000
"""Pages and documents that are gone, so that a waiting run finds its notebook in the page as it is after a reload."""

T = TypeVar("T")


class Pages:
    """All pages of all owners. Every look-up is by owner."""

    def __init__(self, records: Records, clock: Clock, *, lease_seconds: float = LEASE_SECONDS) -> None:
        self._records = records
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._leases = Leases(records, clock, lease_seconds)
        self._presence = Presence(clock)
        self._pages: dict[tuple[str, str], Page] = {}
        self._paths: dict[tuple[str, str], str] = {}
        self._left: dict[tuple[str, str], float] = {}
        self._began = clock.monotonic()
        self._expected: dict[str, asyncio.Future[Ended]] = {}
        self._changed = asyncio.Event()
        self._in_order = asyncio.Lock()
        """A leave-taking must not be overtaken by the registration that came before it."""

    # What pages say

    async def put(
        self,
        owner: str,
        page_id: str,
        body: Mapping[str, Any],
        *,
        kernels: bool = True,
        belongs: Belongs | None = None,
    ) -> None:
        """Take a page's registration in place of its last one. Raises Invalid, TooMany.

        No kernel is accepted where the owner may not use `kernels`, nor one that does not belong to its notebook.
        """
        given = fit(Registration, body)
        async with self._in_order:
            await self._make_room(owner, page_id)
            known = self.page(owner, page_id)
            documents = await accepted(page_id, given, known, kernels=kernels, belongs=belongs)
            await self._claim(owner, page_id, documents, known)
            self._pages[owner, page_id] = Page(
                page_id=page_id, client_id=given.client_id, threads=frozenset(given.threads), documents=documents
            )
            self._presence.spoke((owner, given.client_id))
            if known is not None:
                self._forget(owner, known.client_id)
        self._notify()

    async def remove(self, owner: str, page_id: str) -> None:
        """A page takes its leave. Raises NotFound."""
        async with self._in_order:
            page = self.page(owner, page_id)
            held = await self._leases.release(owner, page_id)
            if page is None and not held:
                raise NotFound("unknown-page", "There is no page with this id. It may have taken its leave already.")
            if page is not None:
                self._strike(owner, page, self._clock.monotonic())
        self._notify()

    async def report(self, owner: str, action_id: str, body: Mapping[str, Any], *, large: bool = False) -> None:
        """Take a page's word on how an action ended. A `large` one is looked at in a thread.

        Raises NotFound, Invalid, Conflict("action-answered") with the final `state`: also for an action that was given
        up because nobody answered in time.
        """
        action = await self._records.action(owner, action_id)
        if action is None:
            raise NotFound("unknown-action", "There is no action with this id.")
        take = partial(_taken, action.operation, body)
        report, kept = await asyncio.to_thread(take) if large else take()
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
        self._presence.opened((owner, client_id))
        self._notify()
        try:
            yield
        finally:
            self._presence.closed((owner, client_id))
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
        """Every open document of this path, in pages that are there or were a moment ago."""
        return [document for document in self.documents(owner) if document.path == path]

    def documents(self, owner: str) -> list[Document]:
        """Everything that this owner has open, in pages that are there or were a moment ago."""
        pages = [page for page in self._pages_of(owner) if self._silence(owner, page) < HOLDING_SECONDS]
        return [document for page in pages for document in page.documents.values()]

    def lapse(self, owner: str, path: str) -> float:
        """Seconds after which no page that is silent now holds this path, unless it comes back."""
        pages = [self._pages[owner, document.page_id] for document in self.holders(owner, path)]
        silences = (self._silence(owner, page) for page in pages if not self.reachable(owner, page.page_id))
        return max((HOLDING_SECONDS - silence for silence in silences), default=0.0)

    def holds(self, owner: str, page_id: str) -> bool:
        """Whether this page is there, or was a moment ago."""
        page = self.page(owner, page_id)
        return page is not None and self._silence(owner, page) < HOLDING_SECONDS

    def last_path(self, owner: str, document_id: str) -> str | None:
        """The last path of a document, also when it is no longer open."""
        return self._paths.get((owner, document_id))

    def reachable(self, owner: str, page_id: str) -> bool:
        """Whether what is said now reaches this page."""
        page = self.page(owner, page_id)
        return page is not None and self._presence.listens((owner, page.client_id))

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
        return self._presence.openings((owner, page.client_id)) if page else 0

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

    def _pages_of(self, owner: str, client_id: str | None = None) -> list[Page]:
        pages = (page for (whose, _), page in self._pages.items() if whose == owner)
        return [page for page in pages if client_id in {None, page.client_id}]

    def _silence(self, owner: str, page: Page) -> float:
        return self._presence.silence((owner, page.client_id))

    async def _claim(self, owner: str, page_id: str, documents: Mapping[str, Document], known: Page | None) -> None:
        """Lease what the page holds now, and let go of what it held before."""
        paths = {document_id: document.path for document_id, document in documents.items()}
        await self._leases.claim(owner, page_id, paths, set(known.documents if known else ()) - set(paths))
        for document_id, path in paths.items():
            _keep(self._paths, (owner, document_id), path)

    async def _make_room(self, owner: str, page_id: str) -> None:
        """Give up pages whose lease is over, and the longest absent ones where there are too many. Raises TooMany."""
        others = [page for page in self._pages_of(owner) if page.page_id != page_id]
        silences = {page.page_id: self._silence(owner, page) for page in others}
        absent = [page for page in others if not self.reachable(owner, page.page_id)]
        absent.sort(key=lambda page: -silences[page.page_id])
        expired = sum(silence >= self._lease_seconds for silence in silences.values())
        for page in absent[: max(expired, len(others) + 1 - PAGES)]:
            await self._leases.release(owner, page.page_id)
            self._strike(owner, page, self._clock.monotonic() - silences[page.page_id])
        if len(self._pages_of(owner)) >= PAGES and (owner, page_id) not in self._pages:
            words = f"{PAGES} pages are connected already, and more are not served. Close some and try again."
            raise TooMany("too-many-pages", words, limit=PAGES)
        await self._leases.sweep(owner, lambda other: self.reachable(owner, other))

    def _strike(self, owner: str, page: Page, left: float) -> None:
        """The page is gone, since `left` on the clock."""
        del self._pages[owner, page.page_id]
        _keep(self._left, (owner, page.page_id), left)
        self._forget(owner, page.client_id)

    def _forget(self, owner: str, client_id: str) -> None:
        """Forget a client once nobody can ask for it."""
        if not self._pages_of(owner, client_id):
            self._presence.forget((owner, client_id))

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def _taken(operation: str, body: Mapping[str, Any]) -> tuple[Ended, str | None]:
    """A report as a value, and what of it is kept. Raises Invalid."""
    report = ended(operation, body)
    # A read changes nothing and can be repeated: its cells need not be kept a second time.
    return report, None if operation == "read" and report.outcome == "done" else json.dumps(body)


def _keep(kept: dict[tuple[str, str], T], key: tuple[str, str], value: T) -> None:
    """Put it in as the newest, and let the oldest go when there are too many."""
    kept.pop(key, None)
    kept[key] = value
    while len(kept) > _REMEMBERED:
        del kept[next(iter(kept))]
