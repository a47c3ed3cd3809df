"""What a bench returns reaches the reader."""

import io

import pytest
from rich.console import Console

from tests.bench import __main__ as program
from tests.bench.report import cell, flat, show
from tests.bench.unavailable import Unavailable


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.07134, "0.0713"), (1234.6, "1,235"), (100_000, "100,000"), (True, "yes"), ("a", "a")],
)
def test_numbers_are_shown_with_the_figures_that_mean_something(value: object, shown: str) -> None:
    assert cell(value) == shown


def test_nested_figures_become_dotted_lines() -> None:
    assert dict(flat({"a": {"b": 1, "c": {"d": 2}}, "e": 3})) == {"a.b": 1, "a.c.d": 2, "e": 3}


def test_tables_lines_and_notes_are_all_shown() -> None:
    out = io.StringIO()
    result = {"tables": {"Speed": [{"what": "call", "us": 12.5}]}, "ratio": 0.5, "notes": ["Why."]}
    show(Console(file=out, width=80), "thing", result)
    for text in ("thing", "Speed", "call", "12.5", "ratio: 0.5", "Why."):
        assert text in out.getvalue()


def test_a_bench_that_cannot_run_says_why() -> None:
    def run() -> dict[str, object]:
        raise Unavailable("no kamailio: apt install kamailio")

    assert program.measure(run, 1) == {"left out": "no kamailio: apt install kamailio"}


def test_a_bench_that_fails_leaves_the_others_their_turn() -> None:
    def run() -> dict[str, object]:
        raise RuntimeError("registered 7 of 10")

    assert program.measure(run, 1) == {"failed": "registered 7 of 10"}


def test_a_bench_is_told_how_long_a_load_may_last_if_it_asks() -> None:
    result = program.measure(lambda seconds: {"seconds": seconds}, 1.5)
    assert result["seconds"] == 1.5
    assert result["calibration_ms"]["before"] > 0


def test_an_unknown_bench_is_refused_with_those_there_are() -> None:
    with pytest.raises(SystemExit):
        program.arguments(["nonsense"])
