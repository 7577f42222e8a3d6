"""Runs inside the kernel: says what is in a namespace, as JSON text, without calling anything of the person's.

The text of this file is what travels: it stands alone, imports only the standard library, and runs on Python 3.8 or
later. Types are told by their real type (never `__class__`, `repr`, `len` or `==` of an unknown object), tables and
arrays only through pandas, polars and NumPy themselves.
"""

import json
import math
import sys
import time
import types

LIMIT = 200  # names in a list
COLUMNS = 60  # columns of a table
CELLS = 5_000_000  # cells of a table of which missing values are counted without looking at the clock
SECONDS = 1.0  # spent on figures about one table


def variables(namespace):
    names = [name for name in list(namespace) if type(name) is str and not name.startswith("_")]
    hidden = _hidden()
    missing = object()
    seen = []
    for name in names:
        value = namespace.get(name, missing)
        if value is missing or (name in hidden and hidden[name] is value):
            continue
        seen.append((name, value))
    items = [_guarded(name, value, False) for name, value in seen[:LIMIT]]
    return _Answer({"items": items, "total": len(seen)})


def describe(namespace, name):
    missing = object()
    value = namespace.get(name, missing)
    if value is missing:
        known = [other for other in list(namespace) if type(other) is str and not other.startswith("_")]
        return _Answer({"unknown": name, "known": [other for other in known if other not in _hidden()][:1000]})
    return _Answer({"item": _guarded(name, value, True)})


class _Answer(str):
    """JSON text that is its own repr, so that every formatter passes it on as it is."""

    __slots__ = ()

    def __new__(cls, value):
        return super().__new__(cls, json.dumps(value, allow_nan=False, default=lambda unknown: None))

    def __repr__(self):
        return str.__str__(self)


def _hidden():
    """What IPython itself put there."""
    module = sys.modules.get("IPython.core.interactiveshell")
    shell = getattr(getattr(module, "InteractiveShell", None), "_instance", None)
    hidden = getattr(shell, "user_ns_hidden", None)
    return hidden if type(hidden) is dict else {}


def _guarded(name, value, closely):
    try:
        kind, summary, details = _look(value, closely)
    except Exception:
        kind, summary, details = "other", "cannot be looked at", {}
    return {"name": name, "type": _type_name(type(value)), "kind": kind, "summary": summary, "details": details}


def _look(value, closely):
    ancestors = type.__getattribute__(type(value), "__mro__")
    for root, kind, look in (
        ("pandas", "DataFrame", _pandas_table),
        ("pandas", "Series", _pandas_column),
        ("polars", "DataFrame", _polars_table),
        ("polars", "Series", _polars_column),
        ("numpy", "ndarray", _array),
    ):
        wanted = getattr(sys.modules.get(root), kind, None)
        if wanted is not None and wanted in ancestors:
            return look(value, closely)
    for wanted, look in _PLAIN:
        if wanted in ancestors:
            return look(value, closely)
    return "other", "", {}


def _type_name(kind):
    try:
        name = type.__getattribute__(kind, "__qualname__")
        module = type.__getattribute__(kind, "__module__")
    except Exception:
        return "unknown"
    if type(module) is not str or module in ("builtins", "__main__"):
        return name[:80]
    return (module.split(".")[0] + "." + name)[:80]


def _cut(text, limit):
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _text(value, closely):
    whole = str.__getitem__(value, slice(0, 1001 if closely else 61))
    return "text", repr(_cut(str(whole), 1000 if closely else 60)), {"length": str.__len__(value)}


def _number(value, closely):
    if type(value) is bool:
        return "number", str(value), {}
    bits = int.bit_length(value)
    return "number", int.__repr__(value) if bits <= 256 else "an integer of %d bits" % bits, {}


def _float(value, closely):
    return "number", float.__repr__(value), {}


def _complex(value, closely):
    return "number", complex.__repr__(value), {}


def _nothing(value, closely):
    return "other", "None", {}


def _sequence(base):
    def look(value, closely):
        count = base.__len__(value)
        details = {"length": count}
        if closely:
            details["first"] = [_plain(item) for item in _first(base.__iter__(value), 10)]
        return "list", "{} of {:,}".format(base.__name__, count), details

    return look


def _mapping(value, closely):
    count = dict.__len__(value)
    keys = [_plain(key) for key in _first(dict.__iter__(value), 200)]
    details = {"length": count, "keys": keys}
    if closely:
        details["first"] = [
            {"key": _plain(key), "type": _type_name(type(item)), "value": _plain(item)}
            for key, item in _first(iter(list(dict.items(value))), 10)
        ]
    return "mapping", "mapping of {:,}".format(count), details


def _module(value, closely):
    name = types.ModuleType.__getattribute__(value, "__name__")
    return "module", name if type(name) is str else "", {}


def _function(value, closely):
    code = getattr(value, "__code__", None)
    names = code.co_varnames[: code.co_argcount] if type(code) is types.CodeType else ()
    return "function", "(" + ", ".join(names) + ")", {}


def _class(value, closely):
    return "class", _type_name(value), {}


def _first(iterator, count):
    found = []
    for item in iterator:
        found.append(item)
        if len(found) == count:
            break
    return found


_PLAIN = (
    (str, _text),
    (bool, _number),
    (int, _number),
    (float, _float),
    (complex, _complex),
    (type(None), _nothing),
    (list, _sequence(list)),
    (tuple, _sequence(tuple)),
    (set, _sequence(set)),
    (frozenset, _sequence(frozenset)),
    (bytes, _sequence(bytes)),
    (dict, _mapping),
    (types.ModuleType, _module),
    (types.FunctionType, _function),
    (types.BuiltinFunctionType, _function),
    (type, _class),
)


def _plain(value):
    """A JSON value for one cell or item: plain types as they are, scalars of known libraries as text, else the type."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is int:
        return value if value.bit_length() <= 53 else _number(value, False)[1]
    if kind is float:
        return value if math.isfinite(value) else float.__repr__(value)
    if kind is str:
        return _cut(value, 80)
    if type.__getattribute__(kind, "__module__") == "numpy" and kind.__name__ != "ndarray":
        plain = value.item()
        return _cut(str(plain), 80) if type(plain) is kind else _plain(plain)
    if _type_name(kind) in _SCALARS:
        return _cut(str(value), 80)
    return "<%s>" % _cut(_type_name(kind), 60)


_SCALARS = {
    "datetime.date",
    "datetime.datetime",
    "datetime.time",
    "datetime.timedelta",
    "decimal.Decimal",
    "pandas.Interval",
    "pandas.NAType",
    "pandas.NaTType",
    "pandas.Period",
    "pandas.Timedelta",
    "pandas.Timestamp",
    "uuid.UUID",
}


def _names(labels):
    return [_label(label) for label in labels]


def _label(label):
    return _cut(", ".join(str(_plain(part)) for part in label), 80) if type(label) is tuple else _plain(label)


def _size(rows, columns):
    return "{:,} row{} x {:,} column{}".format(rows, "" if rows == 1 else "s", columns, "" if columns == 1 else "s")


def _pandas_table(value, closely):
    rows, columns = value.shape
    shown = min(columns, COLUMNS)
    dtypes = [str(value.dtypes.iloc[at]) for at in range(shown)]
    names = _names(value.columns[:shown])
    details = {
        "library": "pandas",
        "rows": rows,
        "columnCount": columns,
        "columns": [{"name": name, "dtype": dtype} for name, dtype in zip(names, dtypes)],
    }
    if closely:
        missing, distinct = _counts(lambda at: value.iloc[:, at], shown, rows)
        for at, column in enumerate(details["columns"]):
            if at < len(missing):
                column["missing"] = missing[at]
            if distinct.get(at) is not None:
                column["distinct"] = distinct[at]
        details["head"] = [[_plain(value.iat[row, at]) for at in range(min(shown, 12))] for row in range(min(rows, 5))]
    return "table", _size(rows, columns), details


def _counts(column, columns, rows):
    """Missing values of each column, and distinct values of those with few rows; as many as there is time for."""
    deadline = time.monotonic() + SECONDS
    missing, distinct = [], {}
    for at in range(columns):
        if time.monotonic() > deadline:
            break
        series = column(at)
        missing.append(int(series.isna().sum()) if rows * columns <= CELLS or str(series.dtype) != "object" else None)
        if (rows <= 100_000 and str(series.dtype) in ("category", "bool", "int64", "string", "str")) or (
            rows <= 100_000
            and str(series.dtype) == "object"
            and all(type(item) in (str, type(None), float) for item in series.array)
        ):
            distinct[at] = int(series.nunique())
    return missing, distinct


def _pandas_column(value, closely):
    rows = value.shape[0]
    details = {"library": "pandas", "rows": rows, "dtype": str(value.dtype)}
    if closely:
        details["missing"] = int(value.isna().sum()) if rows <= CELLS else None
        details["first"] = [_plain(value.iat[row]) for row in range(min(rows, 10))]
        if rows <= CELLS and value.dtype.kind in "iuf" and rows:
            details.update(min=_plain(value.min()), max=_plain(value.max()), mean=_plain(float(value.mean())))
    return "column", "{:,} values, {}".format(rows, value.dtype), details


def _polars_table(value, closely):
    rows, columns = value.shape
    names = value.columns[:COLUMNS]
    details = {
        "library": "polars",
        "rows": rows,
        "columnCount": columns,
        "columns": [{"name": name, "dtype": str(dtype)} for name, dtype in zip(names, value.dtypes)],
    }
    if closely:
        for column in details["columns"]:
            column["missing"] = int(value.get_column(column["name"]).null_count())
        details["head"] = [[_plain(item) for item in row[:12]] for row in value.head(5).rows()]
    return "table", _size(rows, columns), details


def _polars_column(value, closely):
    details = {"library": "polars", "rows": value.len(), "dtype": str(value.dtype)}
    if closely:
        details["missing"] = int(value.null_count())
        details["first"] = [_plain(item) for item in value.head(10).to_list()]
    return "column", "{:,} values, {}".format(value.len(), value.dtype), details


def _array(value, closely):
    shape = [int(side) for side in value.shape]
    details = {"shape": shape, "dtype": str(value.dtype)}
    if closely and value.size and value.dtype.kind in "iuf":
        flat = value.reshape(-1)[:CELLS]
        details.update(min=_plain(flat.min()), max=_plain(flat.max()), mean=_plain(float(flat.mean())))
        details["first"] = [_plain(item) for item in flat[:10].tolist()]
    return "array", "%s of %s" % (" x ".join(map(str, shape)) or "one value", value.dtype), details
