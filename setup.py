"""Builds the kernels named in pyproject.toml; everything else is declared there.

A kernel is an ordinary module in Cython's pure-Python mode.  Where no C compiler is
found the installation goes on without it: the same source then runs uncompiled.
"""

import os
import sys
import tomllib
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "tools"))


def sources(settings: dict[str, list[str]]) -> dict[str, str]:
    """The source of each kernel: its module, or that joined with its package's modules."""
    from join_kernel import join

    paths = {name: f"src/{name.replace('.', '/')}.py" for name in settings["kernels"]}
    for name in settings["joined-kernels"]:
        paths[name] = str(join(ROOT / "src", name, Path("build/joined")))
    return paths


def kernels() -> list[Extension]:
    """One extension a kernel, or none with SONNETTE_KERNELS=off."""
    if os.environ.get("SONNETTE_KERNELS") == "off":
        return []
    from Cython.Build import cythonize

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["sonnette"]
    extensions = [
        Extension(
            name,
            [path],
            optional=os.environ.get("SONNETTE_KERNELS") != "required",
            extra_compile_args=["-O3", "-g0"],
        )
        for name, path in sources(settings).items()
    ]
    directives = {"language_level": 3, "boundscheck": False, "wraparound": False}
    return cythonize(extensions, compiler_directives=directives, quiet=True)


setup(ext_modules=kernels(), cmdclass={"build_ext": build_ext})
