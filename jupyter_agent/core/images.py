"""Images in what a person sends: which are taken, and the blobs that hold them."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence

from ag_ui.core import DataSource, ImagePart, Message, UrlSource, UserMessage

from .errors import Invalid, TooLarge
from .records import Blob, Records

IMAGE_BYTES = 5_000_000
"""Of one image."""
IMAGES = 8
"""In one message."""

_REFERENCE = re.compile(r"blobs/([A-Za-z0-9._-]{1,128})", re.ASCII)
_KINDS = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
)


def media_type(data: bytes) -> str | None:
    """What kind of image this is by its first bytes, whatever it is called; None for anything that is not taken."""
    return next((kind for begins, kind in _KINDS if begins.match(data)), None)


def blob_id(part: ImagePart) -> str | None:
    """The blob of ours that holds this image; None where it refers to anything else."""
    found = _REFERENCE.fullmatch(part.source.value) if isinstance(part.source, UrlSource) else None
    return found.group(1) if found else None


def referring(images: Sequence[ImagePart], thread_id: str, found: dict[str, bytes]) -> list[ImagePart]:
    """Each image as a reference to a blob. Those that came as data are put into `found` by the id that it will have.

    These ids follow from the bytes, so that a request that is repeated makes nothing twice; and from the thread,
    because a blob goes with its thread. Raises Invalid for an image that lies anywhere else, TooLarge for too many.
    """
    if len(images) > IMAGES:
        raise TooLarge("too-many-images", f"A message can have {IMAGES} images at most.")
    return [_referring(part, thread_id, found) for part in images]


async def keep(
    messages: Sequence[Message], found: Mapping[str, bytes], *, owner: str, thread_id: str, records: Records
) -> list[Message]:
    """Store the images that were `found`, look at all that are referred to, and say of each what it really is.

    Raises Invalid for one that is not there, not this owner's, of another thread or no image; TooLarge.
    """
    for name, data in found.items():
        kind = _checked(data)
        await records.put_blob(Blob(blob_id=name, owner=owner, thread_id=thread_id, content_type=kind, data=data))
    kept: list[Message] = []
    for message in messages:
        if isinstance(message, UserMessage) and not isinstance(message.content, str):
            parts = [
                await _looked_at(part, owner, thread_id, records) if isinstance(part, ImagePart) else part
                for part in message.content
            ]
            message = message.model_copy(update={"content": parts})  # noqa: PLW2901 - the same message, looked at
        kept.append(message)
    return kept


def _referring(part: ImagePart, thread_id: str, found: dict[str, bytes]) -> ImagePart:
    source = part.source
    if isinstance(source, DataSource):
        try:
            data = base64.b64decode(source.value, validate=True)
        except ValueError as error:
            raise Invalid("field", "messages: the data of an image is not base64.") from error
        name = "image-" + hashlib.sha256(thread_id.encode() + b"\0" + data).hexdigest()[:32]
        found[name] = data
        return _reference(name)
    if (known := blob_id(part)) is None:
        words = "An image is sent as data, or as “blobs/<id>” after POST blobs; nothing is fetched from elsewhere."
        raise Invalid("field", f"messages: {words}")
    return _reference(known)


async def _looked_at(part: ImagePart, owner: str, thread_id: str, records: Records) -> ImagePart:
    name = blob_id(part) or ""
    blob = await records.blob(owner, name)
    if blob is None or blob.thread_id != thread_id:
        raise Invalid(
            "unknown-image", "An image of this message is not kept in this conversation. Attach it again, please."
        )
    return _reference(name, _checked(blob.data))


def _checked(data: bytes) -> str:
    """Its media type."""
    if len(data) > IMAGE_BYTES:
        raise TooLarge("image-too-large", f"An image is larger than {IMAGE_BYTES // 1_000_000} MB. Send a smaller one.")
    kind = media_type(data)
    if kind is None:
        raise Invalid("not-an-image", "Only PNG, JPEG, GIF and WebP images can be sent, and one of these is none.")
    return kind


def _reference(name: str, kind: str | None = None) -> ImagePart:
    return ImagePart(source=UrlSource(value=f"blobs/{name}", mime_type=kind))
