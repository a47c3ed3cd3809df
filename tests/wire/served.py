"""``sonnette serve`` as a process that can be killed and started again in its place."""

import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path

PROGRAM = [sys.executable, "-m", "sonnette.apps.cli"]
USERS = ("alice", "bob", "carol")
START_S = 60.0
ROOT = Path(__file__).resolve().parents[2]


class Served:
    """A server in ``folder``; after its first start it keeps its ports."""

    def __init__(self, folder, settings="", http="127.0.0.1", sip=("127.0.0.1",)):
        self.folder, self.settings, self.http = folder, settings, http
        self.listen = [
            f"{scheme}://{host}:0" for host in sip for scheme in ("udp", "tcp", "tls", "ws", "wss")
        ]
        self.ready = None
        self.process = None
        self._write("127.0.0.1:0")
        for user in USERS:
            self.run(
                "account",
                "add",
                f"sip:{user}@example.test",
                "--password-stdin",
                given=f"secret-of-{user}\n",
            )
        self.start()

    def _write(self, http):
        (self.folder / "sonnette.toml").write_text(
            f'domain = "example.test"\ndata_dir = "data"\n[sip]\n'
            f"listen = {json.dumps(self.listen)}\n{self.settings}\n"
            f'[http]\nlisten = "http://{http}"\n'
            f'[store]\nurl = "sqlite:///{self.folder}/data/sonnette.db"\n'
        )

    @property
    def database(self):
        return self.folder / "data" / "sonnette.db"

    def start(self):
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            [*PROGRAM, "serve", "--json"],
            cwd=self.folder,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=log,
        )
        log.close()
        lines = queue.Queue()
        threading.Thread(
            target=lambda: lines.put(self.process.stdout.readline()), daemon=True
        ).start()
        line = lines.get(timeout=START_S)
        assert line, (self.folder / "log").read_text()[-3000:]
        self.ready = json.loads(line)
        if self.listen[0].endswith(":0"):
            self.listen = [f"{kind}://{at}" for kind, at in self.ready["sip"].items()]
            self._write(self.ready["http"].partition("//")[2])

    def kill(self):
        self.process.kill()
        self._reap()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        return self._reap()

    def _reap(self):
        status = self.process.wait(15)
        self.process.stdout.close()
        return status

    def run(self, *arguments, given=""):
        done = subprocess.run(
            [*PROGRAM, *arguments],
            cwd=self.folder,
            env=_environment(),
            input=given,
            capture_output=True,
            text=True,
            timeout=START_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def look(self, what):
        """What ``sonnette server`` says."""
        return json.loads(self.run("server", what, "--json"))


def _environment():
    return {**os.environ, "PYTHONPATH": str(ROOT / "src")}
