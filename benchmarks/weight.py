"""What the default install adds beside JupyterLab: packages, megabytes, and time until `jupyter lab` answers.

Two fresh environments are made, one with JupyterLab alone and one with jupyter-agent as well, from the same pinned
versions. Both servers are started in turns, so the difference holds on a noisy machine; the times themselves do not.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROMISED_PACKAGES = 45
PROMISED_MEGABYTES = 100
PROMISED_SECONDS = 0.3
LONGEST_START = 120.0
"""Seconds after which a server that has not answered is taken for broken."""
SCRIPTS = "Scripts" if os.name == "nt" else "bin"


def make(uv: str, place: Path, *wanted: str) -> Path:
    """A fresh environment with these requirements; its folder of programs."""
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, place], check=True)
    install = [uv, "pip", "install", "--quiet", "--python", str(place), "--link-mode", "copy", "--compile-bytecode"]
    subprocess.run([*install, "--constraint", ROOT / "constraints.txt", *wanted], check=True, cwd=ROOT)
    return place / SCRIPTS


def packages(programs: Path) -> set[str]:
    """The names of what is installed."""
    listing = "import importlib.metadata as m, json; print(json.dumps([d.metadata['Name'] for d in m.distributions()]))"
    found = subprocess.run([programs / "python", "-I", "-c", listing], check=True, capture_output=True, text=True)
    return {name.lower().replace("_", "-") for name in json.loads(found.stdout)}


def size(place: Path) -> tuple[float, float]:
    """Megabytes of an environment's files, and of the byte code that an installer makes of them."""
    files = [(file, file.lstat().st_size) for file in place.rglob("*") if file.is_file() and not file.is_symlink()]
    compiled = sum(bytes_ for file, bytes_ in files if file.suffix == ".pyc")
    return (sum(bytes_ for _, bytes_ in files) - compiled) / 1e6, compiled / 1e6


def started(programs: Path, home: Path) -> float:
    """Seconds from starting `jupyter lab` to its first answered request."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")} | {
        "JUPYTER_PLATFORM_DIRS": "1",
        "IPYTHONDIR": str(home / "ipython"),
    }
    flags = ["--no-browser", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0", f"--notebook-dir={home}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        flags.append("--allow-root")
    begun = time.perf_counter()
    server = subprocess.Popen(
        [programs / "jupyter-lab", *flags, "--IdentityProvider.token=benchmark"],
        env={**os.environ, **own},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while time.perf_counter() - begun < LONGEST_START:
            if server.poll() is not None:
                raise SystemExit(f"jupyter lab ended by itself with exit code {server.returncode}.")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status?token=benchmark", timeout=10):
                    return time.perf_counter() - begun
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.01)
        raise SystemExit(f"jupyter lab did not answer within {LONGEST_START:.0f} s.")
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--uv", default="uv", help="the uv that makes the environments")
    options.add_argument("--rounds", type=int, default=9, help="starts of each server")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="jupyter-agent-weight-") as folder:
        here = Path(folder)
        bare = make(chosen.uv, here / "bare", "jupyterlab")
        ours = make(chosen.uv, here / "ours", "jupyterlab", str(ROOT))
        added = sorted(packages(ours) - packages(bare))
        (bare_files, bare_code), (our_files, our_code) = size(here / "bare"), size(here / "ours")
        (here / "home").mkdir()
        times: dict[Path, list[float]] = {bare: [], ours: []}
        for number in range(chosen.rounds + 1):
            for programs, found in times.items():
                seconds = started(programs, here / "home")
                if number:  # The first start of each fills the disk's cache.
                    found.append(seconds)
    before, after = statistics.median(times[bare]), statistics.median(times[ours])
    slower = statistics.median(ours_ - bare_ for bare_, ours_ in zip(times[bare], times[ours], strict=True))
    print(f"packages added      {len(added):6d}        (promise: at most {PROMISED_PACKAGES})")
    print(f"                    {', '.join(added)}")
    print(f"megabytes added     {our_files - bare_files:6.1f}        (promise: at most {PROMISED_MEGABYTES})")
    print(f"  byte code of them {our_code - bare_code:6.1f}        (if the installer compiles: pip does, uv does not)")
    print(f"start of the server {slower:+6.2f} s      (promise: at most +{PROMISED_SECONDS} s)")
    print(f"  medians           {before:6.2f} s without, {after:.2f} s with, of {chosen.rounds} starts each")


if __name__ == "__main__":
    main()
