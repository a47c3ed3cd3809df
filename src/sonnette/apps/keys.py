"""The configuration's keys: which there are, what each means, which is near a misspelt one."""

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from typing import Annotated, Any, NamedTuple, get_args

from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from sonnette.base.settings import Reload


class Key(NamedTuple):
    """One key: its dotted name, what it means, its default as TOML would show it."""

    name: str
    meaning: str
    default: Any
    required: bool
    reloadable: bool


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[Key]:
    """Every key of ``model``, sections after the keys that stand alone."""
    sections = []
    for name, field in model.model_fields.items():
        section = section_of(field)
        if section is None:
            yield _key(prefix + name, field)
        else:
            sections.append((name, section))
    for name, section in sections:
        yield from keys(section, f"{prefix}{name}.")


def known_keys(model: type[BaseModel]) -> dict[str, Key]:
    """The keys of ``model`` by dotted name."""
    return {key.name: key for key in keys(model)}


def nearest(name: str, known: Iterable[str]) -> str:
    """The known key most like ``name``: by its whole, or by its last word alone."""

    def likeness(candidate: str) -> float:
        whole = SequenceMatcher(None, name, candidate).ratio()
        last = SequenceMatcher(None, name.rpartition(".")[2], candidate.rpartition(".")[2]).ratio()
        return max(whole, 0.95 * last)

    return max(known, key=likeness)


def section_of(field: FieldInfo) -> type[BaseModel] | None:
    """The model behind a field that is a section, also one that may be absent."""
    for kind in (field.annotation, *get_args(field.annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def _key(name: str, field: FieldInfo) -> Key:
    default = None if field.is_required() else _plain(field)
    meaning = " ".join((field.description or "").split())
    reloadable = any(mark is Reload or isinstance(mark, Reload) for mark in field.metadata)
    return Key(name, meaning, default, field.is_required(), reloadable)


def _plain(field: FieldInfo) -> Any:
    """The default in the words of the file."""
    kind: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    return TypeAdapter(kind).dump_python(field.get_default(call_default_factory=True), mode="json")
