"""Modules that cannot be imported: a name that was misspelt, or a package that has to be installed."""

from __future__ import annotations

import re
from typing import Any

from .mending import with_name
from .near import slips
from .replacing import mend
from .steps import Here, Say, Skill, code, fence

_PACKAGES = {
    "sklearn": "scikit-learn",
    "cv2": "opencv-python",
    "PIL": "pillow",
    "yaml": "pyyaml",
    "bs4": "beautifulsoup4",
    "skimage": "scikit-image",
    "dotenv": "python-dotenv",
    "dateutil": "python-dateutil",
    "Crypto": "pycryptodome",
    "serial": "pyserial",
    "docx": "python-docx",
    "pptx": "python-pptx",
    "fitz": "pymupdf",
    "git": "gitpython",
    "umap": "umap-learn",
    "attr": "attrs",
    "jwt": "pyjwt",
    "MySQLdb": "mysqlclient",
    "psycopg2": "psycopg2-binary",
    "OpenSSL": "pyopenssl",
    "usb": "pyusb",
    "win32api": "pywin32",
    "wx": "wxpython",
    "igraph": "igraph",
    "ruamel": "ruamel.yaml",
    "google.protobuf": "protobuf",
}
ALIASES = {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "plt": "import matplotlib.pyplot as plt",
    "sns": "import seaborn as sns",
    "pl": "import polars as pl",
    "px": "import plotly.express as px",
    "tf": "import tensorflow as tf",
    **{
        module: f"import {module}"
        for module in ("math", "os", "sys", "re", "json", "random", "time", "datetime", "csv")
    },
    **{
        module: f"import {module}"
        for module in ("itertools", "collections", "functools", "pathlib", "statistics", "glob")
    },
    "Path": "from pathlib import Path",
    "Counter": "from collections import Counter",
    "defaultdict": "from collections import defaultdict",
}
"""The imports that names without one are usually made by."""
_KNOWN_WORDS = (
    "altair bokeh catboost dask django duckdb fastapi flask geopandas ipywidgets joblib keras lightgbm matplotlib "
    "networkx nltk numba numpy openpyxl pandas plotly polars prophet pyarrow pydantic pytest requests scipy seaborn "
    "shapely sklearn spacy sqlalchemy statsmodels streamlit sympy tensorflow torch torchvision tqdm transformers "
    "xarray xgboost collections csv datetime functools itertools math pathlib random statistics typing"
)
_KNOWN = frozenset(_KNOWN_WORDS.split())
_PARTS = {
    "matplotlib": ("pyplot", "cm", "colors", "dates", "ticker", "patches", "animation"),
    "scipy": ("stats", "optimize", "signal", "linalg", "interpolate", "integrate", "sparse", "spatial"),
    "sklearn": (
        *("linear_model", "model_selection", "preprocessing", "metrics", "ensemble", "cluster", "decomposition"),
        *("datasets", "pipeline", "tree", "svm", "neighbors", "impute", "compose", "feature_extraction"),
    ),
    "plotly": ("express", "graph_objects", "subplots"),
    "statsmodels": ("api", "formula"),
}


def missing_module(cell: dict[str, Any], value: str, here: Here) -> Skill:
    """Say what is missing; propose the right name where it was misspelt, and the command only where it fits."""
    found = re.search(r"No module named '([^']+)'", value)
    module = found.group(1) if found else value
    root, _, part = module.partition(".")
    what = f"Cell {cell['number']} imports {code(module)}, which"
    meant = _meant(root, _KNOWN)
    if part and module not in _PACKAGES:
        yield from _missing_part(cell, root, part, here)
    elif meant is not None:
        yield Say(text=f"{what} is not there. Did you mean {code(meant)}?")
        yield from mend(cell, with_name(cell["source"], root, meant), here)
    else:
        yield from _install(cell, module, root, what)


def _missing_part(cell: dict[str, Any], root: str, part: str, here: Here) -> Skill:
    """Python found the package, and not this part of it."""
    last = part.rpartition(".")[2]
    said = f"Cell {cell['number']} imports {code(f'{root}.{part}')}: {code(root)} is there, and has no such part."
    meant = _meant(last, frozenset(_PARTS.get(root, ())))
    if meant is None:
        yield Say(text=f"{said} Look at how it is spelt, or whether another version of {code(root)} has it.")
        return
    yield Say(text=f"{said} Did you mean {code(f'{root}.{meant}')}?")
    source = re.sub(rf"(?<=\b{re.escape(root)}\.){re.escape(last)}\b", meant, cell["source"])
    yield from mend(cell, source, here)


def _install(cell: dict[str, Any], module: str, root: str, what: str) -> Skill:
    package = _PACKAGES.get(module) or _PACKAGES.get(root) or root
    number, command = cell["number"], fence(f"%pip install {package}", "python")
    other = f" The module {code(root)} comes with the package {code(package)}." if package != root else ""
    yield Say(text=f"{what} is not installed where this kernel runs.{other}")
    if package != root or root in _KNOWN:
        yield Say(text=f"To install it, run this in a cell, then run cell {number} again:\n\n{command}")
    else:
        yield Say(
            text=f"I do not know a package of that name. If {code(root)} is really its name, and you trust it, this in "
            f"a cell installs it; then run cell {number} again:\n\n{command}"
        )


def _meant(wrong: str, known: frozenset[str]) -> str | None:
    """The known name that is one slip away, or two where it is long; None for a known name itself."""
    if wrong in known or wrong in _PACKAGES or wrong in _ALIASED:
        return None
    counted = sorted((slips(wrong.lower(), name), name) for name in known)
    return next((name for far, name in counted if far <= (1 if len(name) <= 7 else 2)), None)


_ALIASED = frozenset(line.split()[1].split(".")[0] for line in ALIASES.values())
