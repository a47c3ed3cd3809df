"""The compiled stack and the one run from source judge every odd message alike."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import sonnette
from tests.conformance.judge import is_compiled, judge_all

ROOT = Path(__file__).parents[2]


def judged_from_source():
    sources = str(Path(sonnette.__file__).parents[1])
    run = subprocess.run(
        [sys.executable, "-m", "tests.conformance.judge"],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "SONNETTE_KERNELS": "off", "PYTHONPATH": sources},
    )
    return json.loads(run.stdout)


@pytest.mark.skipif(not all(is_compiled()), reason="the kernels are not compiled here")
def test_compiled_and_source_judge_alike():
    other = judged_from_source()
    assert other["compiled"] == [False, False]
    ours = judge_all()
    assert {name for name in ours if ours[name] != other["judged"][name]} == set()
    assert ours.keys() == other["judged"].keys()
