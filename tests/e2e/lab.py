"""A real JupyterLab in a process of its own, with directories of its own."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import quote, urlencode

REPOSITORY = Path(__file__).parents[2]
READY_WITHIN = 90  # seconds; a cold start on a loaded machine with two cores takes about ten
STOPPED_WITHIN = 30  # seconds; Jupyter waits for its kernels

# The variables by which libraries find a person's keys. No test may depend on who runs it, nor spend their money.
KEY_ENDINGS = ("_API_KEY", "_ACCESS_KEY_ID", "_SECRET_ACCESS_KEY", "_SESSION_TOKEN")


class Lab:
    """JupyterLab on 127.0.0.1, serving a copy of notebooks/.

    `url` ends with a slash and includes the base URL. It, the token and every directory stay the same over `restart`
    and over `kill` followed by `start`, so that a page that was open before can find its way back.
    """

    def __init__(
        self, folder: Path, *, home: Path, traits: Mapping[str, object], environment: Mapping[str, str]
    ) -> None:
        self.root = folder / "notebooks"
        self.data_dir = folder / "data"
        self.log = folder / "jupyter.log"
        self.token = "test-token"
        self.url = ""
        self._folder = folder
        self._port = 0
        self._traits = traits
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.endswith(KEY_ENDINGS)},
            "HOME": str(home),
            "IPYTHONDIR": str(home / "ipython"),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(self.data_dir),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None
        shutil.copytree(REPOSITORY / "notebooks", self.root, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        self._write_configuration()

    def _write_configuration(self) -> None:
        # A first start asks about Jupyter's news in a box that covers the panel's Send button.
        settings = self._folder / "settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)
        (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
        configuration: dict[str, dict[str, object]] = {}
        for name, value in self._traits.items():
            class_name, trait = name.split(".")
            configuration.setdefault(class_name, {})[trait] = value
        (self._folder / "config").mkdir()
        (self._folder / "config" / "jupyter_server_config.json").write_text(json.dumps(configuration))

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self._process is not None, "JupyterLab is not running"
        return self._process.pid

    def start(self) -> None:
        """Start the server, and return when it answers."""
        shutil.rmtree(self._folder / "runtime", ignore_errors=True)
        command = [
            *(sys.executable, "-m", "jupyterlab", "--no-browser"),
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={self._port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={self.root}",
            f"--IdentityProvider.token={self.token}",
            f"--LabApp.workspaces_dir={self._folder / 'workspaces'}",
            f"--LabApp.user_settings_dir={self._folder / 'settings'}",
            "--LabApp.expose_app_in_browser=True",
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--allow-root")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self._folder, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        give_up = time.monotonic() + READY_WITHIN
        while time.monotonic() < give_up:
            if self._process is None or self._process.poll() is not None:
                break
            if self._answers():
                return
            time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"JupyterLab did not start. The end of its log:\n{self.read_log()[-6000:]}")

    def _answers(self) -> bool:
        for file in (self._folder / "runtime").glob("jpserver-*.json"):
            try:
                information = json.loads(file.read_text())
                self.url, self._port = information["url"], information["port"]
                with self.request("api/status"):
                    return True
            except (ValueError, OSError):  # half a file, or not listening yet
                return False
        return False

    def stop(self) -> None:
        """End the server as a person would: it shuts down its kernels and closes its files."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOPPED_WITHIN)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None

    def kill(self) -> None:
        """End the server as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def read_log(self) -> str:
        return self.log.read_text(errors="replace")

    def address(self, path: str = "lab", **query: str) -> str:
        """A page's address with the token, without the layout that an earlier test left behind."""
        return f"{self.url}{quote(path)}?{urlencode({'token': self.token, 'reset': '', **query})}"

    def sessions(self) -> list[str]:
        """The ids of the sessions that have a kernel."""
        with self.request("api/sessions") as response:
            return [session["id"] for session in json.load(response)]

    def request(self, path: str, *, method: str = "GET", body: object = None) -> HTTPResponse:
        """Send an authorised request and return urllib's response; an error status raises urllib's HTTPError."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)  # noqa: S310 - our own
        # A proxy of the machine is not for its own addresses.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        response: HTTPResponse = opener.open(request, timeout=30)
        return response
