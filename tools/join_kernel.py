"""Joins the modules of a kernel into one source for Cython's pure-Python mode.

A small operator called from ten modules is only cheap when the C compiler sees caller and
callee in one file, so a kernel is compiled together with every module of its own package
that it imports, directly or not.  Those modules stay plain typed Python; on the way they
become C by five rules:

* a function or method is a C function that needs no GIL, and ``__init__`` stays Python;
* ``int`` is 32 bits wide, ``Short`` 16, ``Wide`` 64, ``bool`` a flag; a local without annotation is
  an ``int``, or as wide as an address where it counts a loop, which lets loops be vectorised;
* ``Shorts`` and ``Ints`` are C arrays of 16 and 32 bits where they are made by
  ``[0] * n`` and pointers where they are received, as is ``Table``;
* a module-level name in capitals is folded where it is an integer and a C array where it
  is a tuple of integers;
* the kernel's own module is in pure-Python mode already and only loses its imports.
"""

import ast
from pathlib import Path

HEADER = "# cython: cdivision=True, initializedcheck=False\nimport cython\n"
SCALARS = {
    "int": "cython.int",
    "Short": "cython.short",
    "Wide": "cython.longlong",
    "bool": "cython.bint",
}
ARRAYS = {"Shorts": "cython.short", "Ints": "cython.int"}
POINTERS = {
    "Shorts": "cython.p_short",
    "Table": "cython.p_short",
    "Shorts | Table": "cython.p_short",
    "Ints": "cython.p_int",
}
C_FUNCTION = ("cython.cfunc", "cython.nogil", "cython.exceptval(check=False)")


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _is_zeros(node: ast.expr | None) -> bool:
    """Whether ``node`` reads ``[0] * n``."""
    return isinstance(node, ast.BinOp) and isinstance(node.left, ast.List)


def _size(node: ast.expr | None) -> str:
    """The n of ``[0] * n``."""
    assert isinstance(node, ast.BinOp)
    return ast.unparse(node.right)


def _is_capitals(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id.isupper()
    )


class _Function(ast.NodeTransformer):
    """Types the parameters, the result and the locals of one function."""

    def __init__(self) -> None:
        self.typed: set[str] = set()
        self.stored: set[str] = set()
        self.counted: set[str] = set()

    def visit_Name(self, node: ast.Name) -> ast.Name:
        if isinstance(node.ctx, ast.Store):
            self.stored.add(node.id)
        return node

    def visit_For(self, node: ast.For) -> ast.AST:
        self.counted.add(ast.unparse(node.target))
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | list[ast.stmt]:
        kind = ast.unparse(node.annotation)
        name = ast.unparse(node.target)
        self.typed.add(name)
        if kind in ARRAYS and _is_zeros(node.value):
            size = _size(node.value)
            self.stored.add("zeroed")
            self.counted.add("zeroed")
            return ast.parse(
                f"{name}: {ARRAYS[kind]}[{size}]\nfor zeroed in range({size}):\n {name}[zeroed] = 0"
            ).body
        node.annotation = _expression((SCALARS | POINTERS).get(kind, kind))
        return node

    def rewrite(self, function: ast.FunctionDef, made: dict[str, str]) -> ast.FunctionDef:
        """``function`` with C types; sizes of arrays made in ``__init__`` go to ``made``."""
        for argument in function.args.args:
            self.typed.add(argument.arg)
            if argument.annotation is not None:
                kind = ast.unparse(argument.annotation)
                argument.annotation = _expression((SCALARS | POINTERS).get(kind, kind))
        function.body = [node for node in function.body if not self._takes(node, made)]
        function.body = [self.visit(node) for node in function.body]
        function.body = function.body or [ast.Pass()]
        untyped = ", ".join(
            f"{name}=cython.{'Py_ssize_t' if name in self.counted else 'int'}"
            for name in sorted(self.stored - self.typed)
        )
        function.decorator_list = [_expression(f"cython.locals({untyped})")] if untyped else []
        if function.name != "__init__":
            result = ast.unparse(function.returns) if function.returns else "None"
            function.returns = _expression(SCALARS.get(result, "cython.void"))
            function.decorator_list += [_expression(text) for text in C_FUNCTION]
        return function

    @staticmethod
    def _takes(node: ast.stmt, made: dict[str, str]) -> bool:
        """Whether ``node`` makes an array attribute, which C does by itself."""
        if not isinstance(node, ast.Assign) or not _is_zeros(node.value):
            return False
        made[ast.unparse(node.targets[0]).removeprefix("self.")] = _size(node.value)
        return True


class _Fold(ast.NodeTransformer):
    """Puts the value of a module-level integer where its name is read."""

    def __init__(self, values: dict[str, int]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Load) and node.id in self.values:
            return ast.Constant(self.values[node.id])
        return node


class _Joiner:
    """The modules below ``root`` that a kernel needs, in the order of their imports."""

    def __init__(self, root: Path, kernel: str) -> None:
        self.root = root
        self.kernel = kernel
        self.package = kernel.rpartition(".")[0] + "."
        self.seen: set[str] = set()
        self.names: dict[str, str] = {}
        self.namespace: dict[str, object] = {}
        self.kept: list[ast.stmt] = []
        self.body: list[ast.stmt] = []

    def join(self) -> str:
        """The text of the joined module."""
        self._add(self.kernel)
        values = {name: value for name, value in self.namespace.items() if isinstance(value, int)}
        module = ast.Module(self.kept + self.body, [])
        ast.fix_missing_locations(module)
        return HEADER + ast.unparse(_Fold(values).visit(module)) + "\n"

    def _add(self, name: str) -> None:
        if name in self.seen:
            return
        self.seen.add(name)
        path = self.root / (name.replace(".", "/") + ".py")
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(self.package):
                self._add(node.module or "")
            elif isinstance(node, ast.ImportFrom | ast.Import):
                self.kept.append(node)
            elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Assign):
                self._statement(node, name)

    def _statement(self, node: ast.FunctionDef | ast.ClassDef | ast.Assign, module: str) -> None:
        label = node.name if not isinstance(node, ast.Assign) else ast.unparse(node.targets[0])
        if self.names.setdefault(label, module) != module:
            raise SystemExit(f"{label} is in both {self.names[label]} and {module}")
        if _is_capitals(node):
            self._constant(node, label)
        elif module == self.kernel:
            self.body.append(node)
        elif isinstance(node, ast.FunctionDef):
            self.body.append(_Function().rewrite(node, {}))
        elif isinstance(node, ast.ClassDef):
            self.body.append(self._class(node))

    def _constant(self, node: ast.stmt, label: str) -> None:
        exec(compile(ast.Module([node], []), label, "exec"), self.namespace)
        value = self.namespace[label]
        if isinstance(value, tuple):
            kind = "short" if all(-32768 <= item <= 32767 for item in value) else "int"
            lines = f"{label} = cython.declare(cython.{kind}[{len(value)}])\n"
            self.body += ast.parse(f"{lines}{label}[:] = {list(value)}").body

    def _class(self, node: ast.ClassDef) -> ast.ClassDef:
        made: dict[str, str] = {}
        for index, part in enumerate(node.body):
            if isinstance(part, ast.FunctionDef):
                node.body[index] = _Function().rewrite(part, made)
        for part in node.body:
            if isinstance(part, ast.AnnAssign):
                kind, name = ast.unparse(part.annotation), ast.unparse(part.target)
                part.annotation = _expression(
                    f"{ARRAYS[kind]}[{made[name]}]" if kind in ARRAYS else SCALARS.get(kind, kind)
                )
        node.decorator_list = [_expression("cython.final"), _expression("cython.cclass")]
        return node


def join(root: Path, kernel: str, into: Path) -> Path:
    """Write the joined source of ``kernel``, a module below ``root``, and return its path."""
    target = into / (kernel.replace(".", "/") + ".py")
    target.parent.mkdir(parents=True, exist_ok=True)
    text = _Joiner(root, kernel).join()
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        target.write_text(text, encoding="utf-8")
    return target
