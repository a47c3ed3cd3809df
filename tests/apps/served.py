"""``sonnette serve`` as a process of its own, on free ports of the loopback interface."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

WEB = "http://127.0.0.1:0"
PROGRAM = [sys.executable, "-m", "sonnette.apps.cli"]


class Served:
    """A server in ``folder`` on free ports."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        listen = [f"{scheme}://127.0.0.1:0" for scheme in ("udp", "tcp", "tls", "ws", "wss")]
        (folder / "sonnette.toml").write_text(
            f'[sip]\nlisten = {json.dumps(listen)}\n[http]\nlisten = "{WEB}"\n'
        )
        self.log = (folder / "log").open("wb")
        self.process = subprocess.Popen(
            [*PROGRAM, "serve", "--json", *arguments],
            cwd=folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=self.log,
        )
        self.ready = json.loads(self.process.stdout.readline() or b"null")

    def run(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*PROGRAM, *arguments],
            cwd=self.folder,
            env=environment(),
            input=given,
            capture_output=True,
            text=True,
            timeout=30,
        )

    def get(self, path: str) -> str:
        with urlopen(self.ready["http"] + path, timeout=10) as answer:
            return answer.read().decode()

    def logged(self) -> str:
        return (self.folder / "log").read_text()

    def end(self) -> int:
        self.process.terminate()
        status = self.process.wait(10)
        self.process.stdout.close()
        self.log.close()
        return status


def environment() -> dict[str, str]:
    source = Path(__file__).parents[2] / "src"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SONNETTE_")}
    return {**kept, "PYTHONPATH": str(source), "LANG": "C.UTF-8"}
