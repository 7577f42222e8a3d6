"""Finding the page that holds a notebook: the one that the run came from, else the only other one, never a guess.

A page that fell silent may come back, and may have crashed. While another page holds the same notebook, this is waited
out: after a minute the silent one counts as crashed, and the other one as the only holder. Where there is no other, the
page that the run came from stays the one, for as long as it claims the notebook.
"""

from __future__ import annotations

from ..core.clock import Clock
from ..core.errors import ToolError
from ..core.notebook import Binding, Channel, Notebook
from ..core.records import Records
from .actions import Actions, Patience, unreachable
from .documents import Document
from .page_notebook import PageNotebook
from .pages import Pages

_MARGIN = 0.05
"""Seconds by which a clock's alarm may be early."""


class PageHosts:
    """Finds the page that holds a notebook (core.notebook.Hosts)."""

    def __init__(self, pages: Pages, records: Records, clock: Clock, patience: Patience | None = None) -> None:
        self._pages = pages
        self._records = records
        self._clock = clock
        self._patience = patience or Patience()

    async def open(self, channel: Channel, binding: Binding) -> Notebook:
        document = await self._find(channel.owner, binding)
        return PageNotebook(
            Actions(
                channel,
                document,
                pages=self._pages,
                records=self._records,
                clock=self._clock,
                patience=self._patience,
            )
        )

    async def _find(self, owner: str, binding: Binding) -> Document:
        """The bound document; if it is gone, the only other holder of its path. Never a guess."""
        if binding.document_id is None and binding.path is None:
            raise ToolError(
                "no-notebook",
                "This conversation was not started from an open notebook. Ask the person to open the notebook and to "
                "ask again from there." + self._candidates(owner),
            )

        def found() -> Document | None:
            bound = self._bound(owner, binding)
            if bound is not None and self._pages.holds(owner, bound.page_id):
                return bound
            return self._only_holder(owner, binding) or bound

        path = self._path(owner, binding)
        if path is not None:
            await self._settled(owner, binding, path)
        asleep = await self._asleep(owner, binding)
        document = found()
        away = self._pages.absence(owner, binding.page_id) if binding.page_id is not None else None
        if document is None and away is not None:
            patience = self._patience.action if asleep else self._patience.arrival
            await self._pages.until(lambda: found() is not None, patience - away)
            document = found()
        if document is not None:
            return document
        if asleep:
            raise unreachable()
        path = self._path(owner, binding)
        if path is not None and len(self._pages.holders(owner, path)) > 1:
            raise ToolError(
                "no-notebook",
                f"{path} is open in several pages, and the one that this conversation came from is gone. Ask the "
                "person to close all but one, or to ask again from the page that is meant.",
            )
        raise ToolError(
            "no-notebook",
            f"{path or 'The notebook'} is not open any more. Ask the person to open it again."
            + self._candidates(owner),
        )

    def _bound(self, owner: str, binding: Binding) -> Document | None:
        if binding.page_id is None or binding.document_id is None:
            return None
        return self._pages.document(owner, binding.page_id, binding.document_id)

    async def _settled(self, owner: str, binding: Binding, path: str) -> None:
        """Wait while it may still become clear by itself which page is meant."""
        if self._contested(owner, binding, path):
            seconds = self._pages.lapse(owner, path) + _MARGIN
            await self._pages.until(lambda: not self._contested(owner, binding, path), seconds)

    def _contested(self, owner: str, binding: Binding, path: str) -> bool:
        """Whether it would become clear which page is meant if those that sleep came back, or were known to be gone."""
        bound = self._bound(owner, binding)
        if bound is not None and self._pages.reachable(owner, bound.page_id):
            return False
        holders = self._pages.holders(owner, path)
        awake = sum(self._pages.reachable(owner, holder.page_id) for holder in holders)
        return len(holders) > 1 and awake <= 1

    def _only_holder(self, owner: str, binding: Binding) -> Document | None:
        path = self._path(owner, binding)
        holders = self._pages.holders(owner, path) if path is not None else []
        return holders[0] if len(holders) == 1 else None

    def _path(self, owner: str, binding: Binding) -> str | None:
        renamed = self._pages.last_path(owner, binding.document_id) if binding.document_id else None
        return renamed or binding.path

    async def _asleep(self, owner: str, binding: Binding) -> bool:
        """Whether the bound page is unknown here (a restart) but still claims the notebook."""
        return any(
            lease.page_id == binding.page_id
            and lease.document_id == binding.document_id
            and lease.expires_at > self._clock.now()
            for lease in await self._records.leases(owner)
        )

    def _candidates(self, owner: str) -> str:
        paths = sorted({document.path for document in self._pages.documents(owner)})
        return f" Open now: {', '.join(paths)}." if paths else " No notebook is open in any page connected here."
