"""Fuzzes one target in this process: ``python -m tests.fuzz.one NAME LIBFUZZER-ARGUMENT...``."""

import sys

import atheris


def main():
    name, *arguments = sys.argv[1:]
    with atheris.instrument_imports(include=["sonnette"]):
        from tests.fuzz import targets

        function, _ = targets.find()[name]
    atheris.Setup([name, *arguments], function)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
