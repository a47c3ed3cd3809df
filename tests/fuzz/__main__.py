"""``python -m tests.fuzz [--seconds N] [NAME...]``: each target in a process of its own.

Kernels run from their source, where coverage can guide the fuzzer.  An input that makes a
target fail is left in ``var/fuzz``; the exit status is then 1.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz import targets

FOUND = Path("var/fuzz")


def fuzz(name, seeds, seconds):
    """Whether ``name`` held for ``seconds``."""
    FOUND.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "SONNETTE_KERNELS": os.environ.get("SONNETTE_KERNELS", "off")}
    with tempfile.TemporaryDirectory() as corpus:
        command = [sys.executable, "-m", "tests.fuzz.one", name, corpus, *seeds]
        command += [f"-max_total_time={seconds}", "-max_len=70000", "-timeout=10"]
        command += [f"-artifact_prefix={FOUND}/{name}-", "-verbosity=0", "-print_final_stats=1"]
        return subprocess.run(command, env=environment, check=False).returncode == 0


def main():
    found = targets.find()
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("names", nargs="*", help=f"among {', '.join(sorted(found))}")
    chosen = parser.parse_args()
    vectors = os.environ.get("SONNETTE_VECTORS")
    failed = []
    for name in chosen.names or sorted(found):
        _, folder = found[name]
        seeds = [str(Path(vectors) / folder)] if vectors and folder else []
        print(f"{name}: {chosen.seconds} s", flush=True)
        if not fuzz(name, seeds, chosen.seconds):
            failed.append(name)
    print(f"failed: {', '.join(failed)}; see {FOUND}" if failed else "every target held")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
