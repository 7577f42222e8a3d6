"""What a page holds, and which of its kernels may be looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from .reports import DocumentReport, Registration

Belongs = Callable[[str, str], Awaitable[bool]]
"""Whether the notebook of this path is what the kernel of this id was started for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One notebook, open in one page. `path` is only its label: renames change it."""

    page_id: str
    document_id: str
    path: str
    kernel_id: str | None
    """Of the kernel that this page may have looked at: the one that it registered, if that was permitted."""
    kernel_refused: bool = False
    """It has a kernel that it may not have looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One load of a front end."""

    page_id: str
    client_id: str
    threads: frozenset[str]
    documents: Mapping[str, Document]


async def accepted(
    page_id: str, given: Registration, known: Page | None, *, kernels: bool, belongs: Belongs | None
) -> dict[str, Document]:
    """The documents of a registration by their ids. `known` is the page as it was; for the rest see Pages.put."""
    documents = {}
    for one in given.documents:
        before = known.documents.get(one.document_id) if known else None
        may_look = kernels and await _may_look(one, before, belongs)
        documents[one.document_id] = Document(
            page_id=page_id,
            document_id=one.document_id,
            path=one.path,
            kernel_id=one.kernel_id if may_look else None,
            kernel_refused=not may_look,
        )
    return documents


async def _may_look(given: DocumentReport, before: Document | None, belongs: Belongs | None) -> bool:
    if given.kernel_id is None or belongs is None:
        return True
    # After a rename the page may tell of the new path before Jupyter's session has it.
    return (before is not None and before.kernel_id == given.kernel_id) or await belongs(given.path, given.kernel_id)
