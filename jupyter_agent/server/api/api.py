"""From a route and a request to an answer: sizes are kept, and every failure becomes a problem in words."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping

from ...core.errors import RequestError, StoreError, Unavailable
from .exchange import Answer, Request, problem
from .operations import Operations
from .refusals import refusal, too_large
from .routes import Limit, Route

_log = logging.getLogger("jupyter_agent")


class Api:
    """All endpoints. `answer` never raises: what goes wrong is a problem body without internals."""

    def __init__(self, operations: Operations, limits: Mapping[Limit, int]) -> None:
        self._operations = operations
        self._limits = limits

    async def answer(self, route: Route, request: Request) -> Answer:
        """What this route answers to this request."""
        try:
            limit = self._limits[route.limit]
            if len(request.body) > limit:
                return too_large(limit)
            operation: Callable[[Request], Awaitable[Answer]] = getattr(self._operations, route.operation)
            return await operation(request)
        except RequestError as error:
            return problem(error)
        except StoreError:
            _log.exception("%s %s: the store failed", route.method, route.path)
            words = "The store cannot be read or written just now. The server's log says why."
            return problem(Unavailable("store-unavailable", words))
        except Exception:  # noqa: BLE001 - a bug of ours is told apart from the request's faults, and shows no internals
            _log.exception("%s %s failed", route.method, route.path)
            return refusal(500)
