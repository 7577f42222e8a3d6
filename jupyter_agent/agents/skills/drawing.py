"""The code of a drawing: which picture shows one column, a pair, or either for each value of another."""

from __future__ import annotations

from .steps import code
from .tables import Column, Table

MANY = 30
"""More categories than this are cut to the most frequent ones."""


def drawing(table: Table, columns: list[Column], by: Column | None, *, boxes: bool = False) -> tuple[str, str]:
    """(what is drawn, in words; the code that draws it). What cannot be drawn as asked is said in the words."""
    frame = f"{table.name}.to_pandas()" if table.library == "polars" else table.name
    if boxes and any(column.numeric for column in columns):
        return _boxes_of(frame, columns, by)
    if len(columns) == 1:
        return _single(frame, columns[0], by)
    words, source, grouped = _pair(frame, columns[0], columns[1], by)
    if by is not None and not grouped:
        words += f" I cannot also split this drawing by {code(by.name)}."
    return words, source


def _boxes_of(frame: str, columns: list[Column], by: Column | None) -> tuple[str, str]:
    """Boxes of the first column of numbers, for each value of the other one or of `by`."""
    what = next(column for column in columns if column.numeric)
    groups = [column for column in [*columns, *([by] if by else [])] if column is not what]
    if not groups:
        return f"The spread of {code(what.name)}.", f"{frame}[{what.literal}].plot.box()"
    words, source = _boxes(frame, what, groups[0])
    if len(groups) > 1:
        words += f" I cannot also split this drawing by {code(groups[1].name)}."
    return words, source


def _pair(frame: str, first: Column, second: Column, by: Column | None) -> tuple[str, str, bool]:
    """(words, code, whether `by` is in it)."""
    if first.numeric and second.numeric:
        return *_scatter(frame, first, second, by), True
    if second.temporal or first.temporal:
        when, what = (second, first) if second.temporal else (first, second)
        source = f"{frame}.sort_values({when.literal}).plot(x={when.literal}, y={what.literal})"
        return f"A line of {code(what.name)} over {code(when.name)}.", source, False
    if first.numeric or second.numeric:
        what, group = (first, second) if first.numeric else (second, first)
        return *_boxes(frame, what, group), False
    return *_stacks(frame, first, second), False


def _single(frame: str, column: Column, by: Column | None) -> tuple[str, str]:
    if column.numeric and by is not None and by.dtype.lower().startswith(("float", "decimal")):
        return _scatter(frame, column, by, None)  # a histogram for each of very many values would show nothing
    if column.numeric and by is not None:
        return _layers(frame, column, by)
    if column.numeric:
        source = f"{frame}[{column.literal}].plot.hist(bins=20, title={_title(column)}, xlabel={column.literal})"
        return f"A histogram of {code(column.name)}.", source
    if by is not None:
        return _stacks(frame, column, by)
    source = f"{frame}[{column.literal}].value_counts().head({MANY}).plot.bar(title={_title(column)})"
    return f"How often each value of {code(column.name)} occurs.", source


def _layers(frame: str, column: Column, by: Column) -> tuple[str, str]:
    groups = f"{frame}.groupby({by.literal}, observed=True)[{column.literal}]"
    words = f"A histogram of {code(column.name)} for each {code(by.name)}."
    return words, f"{groups}.plot.hist(bins=20, alpha=0.6, legend=True, xlabel={column.literal})"


def _scatter(frame: str, vertical: Column, horizontal: Column, by: Column | None) -> tuple[str, str]:
    words = f"{code(vertical.name)} against {code(horizontal.name)}"
    where = f"x={horizontal.literal}, y={vertical.literal}"
    if by is None:
        return f"{words}.", f"{frame}.plot.scatter({where})"
    if by.numeric or by.temporal:
        source = f'{frame}.plot.scatter({where}, c={by.literal}, cmap="viridis")'
    else:
        # Only a column of categories gives the colours their names, and a missing one would get another's colour.
        known = f'{frame}.dropna(subset=[{by.literal}]).astype({{{by.literal}: "category"}})'
        source = f'{known}.plot.scatter({where}, c={by.literal}, cmap="tab10", alpha=0.7)'
    return f"{words}, coloured by {code(by.name)}.", source


def _stacks(frame: str, what: Column, group: Column) -> tuple[str, str]:
    counts = f"{frame}.groupby([{group.literal}, {what.literal}], observed=True).size().unstack()"
    return f"How often each {code(what.name)} occurs for each {code(group.name)}.", f"{counts}.plot.bar(stacked=True)"


def _boxes(frame: str, what: Column, group: Column) -> tuple[str, str]:
    return (
        f"The spread of {code(what.name)} for each {code(group.name)}.",
        f"{frame}.plot.box(column={what.literal}, by={group.literal})",
    )


def _title(column: Column) -> str:
    return column.literal if isinstance(column.name, str) else f'"{column.name}"'
