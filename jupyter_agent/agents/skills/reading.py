"""Reading code and text without running them: what a cell does, as far as its syntax tells."""

from __future__ import annotations

import ast
import re

from .steps import code, joined

_READERS = re.compile(r"^(read_\w+|load|open|imread|loadtxt|genfromtxt|scan_\w+)$")
_WRITERS = re.compile(r"^(to_(csv|parquet|excel|json|pickle|feather|sql|hdf)|write_\w+|savefig|save|savetxt|dump)$")
_PLOTTERS = frozenset({"plt", "sns", "px", "alt"})
_PLOT_CALLS = frozenset({"plot", "hist", "scatter", "boxplot", "bar", "imshow", "pairplot", "scatterplot", "histplot"})


def headings(source: str) -> list[tuple[int, str]]:
    """(level, title) of each Markdown heading, not counting those in code blocks."""
    found, fenced = [], False
    for line in source.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        match = re.match(r"^(#{1,6})\s+(.+?)\s*#*$", line)
        if match and not fenced:
            found.append((len(match.group(1)), match.group(2)))
    return found


def parse(source: str) -> ast.Module | None:
    """The syntax tree, with magics and shell lines taken out; None where it is not Python."""
    kept = [re.sub(r"^\s*[%!?].*$", "", line) for line in source.splitlines()]
    if source.lstrip().startswith("%%"):
        return None
    try:
        return ast.parse("\n".join(kept))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def defined(source: str) -> set[str]:
    """Names that running this source would give the namespace, as far as its syntax tells."""
    tree = parse(source)
    return set() if tree is None else set(_assigned(tree)) | set(_defined(tree)) | set(_imported(tree).values())


def assigned(source: str) -> list[str]:
    """Names that running this source would set, not counting imports and definitions."""
    tree = parse(source)
    return [] if tree is None else [name for name in dict.fromkeys(_assigned(tree)) if not name.startswith("_")]


def read_files(source: str) -> list[str]:
    """The files that this source would read."""
    tree = parse(source)
    return [] if tree is None else _files(tree)["reads"]


def what_it_does(source: str) -> str:
    """One line about a code cell."""
    if not source.strip():
        return "empty"
    magics = [line.strip().split()[0] for line in source.splitlines() if re.match(r"^\s*[%!]", line)]
    tree = parse(source)
    if tree is None:
        return f"uses {joined([code(magic) for magic in magics[:3]])}" if magics else "could not be read as Python"
    said: list[str] = []
    modules = list(dict.fromkeys(_imported(tree)))
    if modules:
        said.append(f"imports {joined([code(module) for module in modules], 6)}")
    files = _files(tree)
    if files["reads"]:
        said.append(f"reads {joined([code(name) for name in files['reads']], 3)}")
    names = _defined(tree)
    if names:
        said.append(f"defines {joined([code(name) for name in names], 6)}")
    assigned = [name for name in dict.fromkeys(_assigned(tree)) if not name.startswith("_")]
    if assigned:
        said.append(f"sets {joined([code(name) for name in assigned], 6)}")
    if _plots(tree):
        said.append("draws a plot")
    if files["writes"]:
        said.append(f"writes {joined([code(name) for name in files['writes']], 3)}")
    if magics:
        said.append(f"uses {joined([code(magic) for magic in dict.fromkeys(magics)], 3)}")
    if not said and tree.body:
        said.append(_last(tree.body[-1]))
    return "; ".join(said) or "only comments"


def _imported(tree: ast.Module) -> dict[str, str]:
    """Module -> the name under which it is used."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update({alias.name: alias.asname or alias.name.split(".")[0] for alias in node.names})
        elif isinstance(node, ast.ImportFrom):
            found.update({f"{node.module or '.'}.{alias.name}": alias.asname or alias.name for alias in node.names})
    return found


def _defined(tree: ast.Module) -> list[str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return [node.name for node in tree.body if isinstance(node, kinds)]


def _assigned(tree: ast.Module) -> list[str]:
    found: list[str] = []
    for node in tree.body:
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.For):
            targets = [node.target]
        elif isinstance(node, ast.With):
            targets = [item.optional_vars for item in node.items if item.optional_vars is not None]
        leaves = [leaf for target in targets for leaf in ast.walk(target)]
        found += [leaf.id for leaf in leaves if isinstance(leaf, ast.Name) and isinstance(leaf.ctx, ast.Store)]
    return found


def _calls(tree: ast.Module) -> list[tuple[str, ast.Call]]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            found.append((name, node))
    return found


def _files(tree: ast.Module) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"reads": [], "writes": []}
    for name, call in _calls(tree):
        texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if not texts:
            continue
        if _WRITERS.match(name) or (name == "open" and any(mode[:1] in ("w", "a", "x") for mode in texts[1:])):
            found["writes"].append(texts[0])
        elif _READERS.match(name):
            found["reads"].append(texts[0])
    return found


def _plots(tree: ast.Module) -> bool:
    for name, call in _calls(tree):
        root: ast.expr = call.func
        while isinstance(root, ast.Attribute):
            if root.attr == "plot":
                return True
            root = root.value
        if name in _PLOT_CALLS or (isinstance(root, ast.Name) and root.id in _PLOTTERS and name != "subplots_adjust"):
            return True
    return False


def _last(node: ast.stmt) -> str:
    if isinstance(node, ast.Expr):
        text = ast.unparse(node.value).replace("\n", " ")
        return f"shows {code(text if len(text) <= 60 else text[:59] + '…')}"
    return f"{type(node).__name__.lower()} statement"
