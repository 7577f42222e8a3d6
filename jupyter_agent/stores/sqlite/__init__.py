"""Both ports in one SQLite file: the store that is used unless another is configured."""

from .schema import SCHEMA, Schema
from .store import SqliteStore, open_sqlite

__all__ = ["SCHEMA", "Schema", "SqliteStore", "open_sqlite"]
