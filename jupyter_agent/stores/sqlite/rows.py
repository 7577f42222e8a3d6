"""Records as rows: a dataclass whose fields are the columns of its table."""

from __future__ import annotations

import sqlite3
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound="DataclassInstance")


class Rows(Generic[R]):
    """One table, read and written as records. Table, columns and conditions are ours; values are always bound."""

    def __init__(self, table: str, kind: type[R]) -> None:
        self._kind = kind
        self._names = [field.name for field in fields(kind)]
        self.columns = ", ".join(self._names)
        self._select = f"SELECT {self.columns} FROM {table} WHERE "  # noqa: S608 - names from our own dataclasses
        places = ", ".join("?" * len(self._names))
        self._insert = f"INSERT INTO {table} ({self.columns}) VALUES ({places})"  # noqa: S608 - the same

    def where(self, db: sqlite3.Connection, condition: str, *values: object) -> list[R]:
        """The records that fit, in the order in which they came."""
        rows = db.execute(f"{self._select}{condition} ORDER BY rowid", values)
        return [self.record(row) for row in rows.fetchall()]

    def first(self, db: sqlite3.Connection, condition: str, *values: object) -> R | None:
        """The first record that fits."""
        records = self.where(db, condition, *values)
        return records[0] if records else None

    def insert(self, db: sqlite3.Connection, record: R) -> None:
        """A new row."""
        db.execute(self._insert, [getattr(record, name) for name in self._names])

    def record(self, row: tuple[Any, ...]) -> R:
        """The record in a row of `columns`."""
        return self._kind(**dict(zip(self._names, row, strict=True)))
