"""A place in an owner's log as a client names it: "12", or "12:<run id>" as it stands on the client's stream."""

from __future__ import annotations

import re

from ..core.errors import Invalid

_PLACE = re.compile(r"([0-9]{1,64})(?::[\x21-\x7e]{0,128})?", re.ASCII)
_ID = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)
FARTHEST = 2**53
"""No log comes this far; whoever names a later place means one that we do not have."""


def parse_cursor(text: str, field: str) -> int:
    """The seq that a client has read up to. Raises Invalid naming `field`."""
    place = _PLACE.fullmatch(text)
    if place is None:
        raise Invalid(
            "field",
            f"{field}: must be the id of a frame, such as 12 or 12:run-id. Leave it out to start at the beginning.",
            field=field,
        )
    return min(int(place.group(1)), FARTHEST)


def write_cursor(seq: int, run_id: str | None = None) -> str:
    """The id of a frame. ASCII, whatever the run is called."""
    return f"{seq}:{run_id}" if run_id is not None and _ID.fullmatch(run_id) else str(seq)
