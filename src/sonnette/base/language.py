"""Sentences in the reader's language: English in the source, others in a catalogue.

A catalogue is a TOML file beside the package that speaks (``fr.toml``): the English
sentence is the key, so that the source reads as it prints, and a sentence without a
translation is shown in English.  Placeholders stand in braces.
"""

import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files

ENGLISH = "en"
MOST_CHOICES = 20  # of an Accept-Language header: a browser sends a handful


class Catalogue:
    """The sentences of one language; called with an English one it gives the translation."""

    def __init__(self, language: str, sentences: Mapping[str, str]) -> None:
        self.language = language
        self.sentences = sentences

    def __call__(self, sentence: str, **values: object) -> str:
        found = self.sentences.get(sentence, sentence)
        return found.format_map(values) if values else found


def catalogue(package: str, language: str) -> Catalogue:
    """The catalogue of ``package`` for ``language``; English and unknown ones are empty."""
    file = files(package) / f"{language}.toml"
    if language == ENGLISH or not file.is_file():
        return Catalogue(ENGLISH, {})
    return Catalogue(language, tomllib.loads(file.read_text(encoding="utf-8")))


def from_environment(environment: Mapping[str, str], known: Iterable[str]) -> str:
    """The language that POSIX locale variables ask for, if known, else English."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(variable):
            language = value[:2].lower()
            return language if language in set(known) else ENGLISH
    return ENGLISH


def from_accept(header: str, known: Iterable[str]) -> str:
    """The known language that Accept-Language ranks first (RFC 9110 section 12.5.4)."""
    allowed = set(known)
    best, rank = ENGLISH, 0.0
    for choice in header.split(",")[:MOST_CHOICES]:
        language, _, weight = choice.strip().partition(";q=")
        quality = _quality(weight)
        if language[:2].lower() in allowed and quality > rank:
            best, rank = language[:2].lower(), quality
    return best


def _quality(weight: str) -> float:
    try:
        return float(weight) if weight else 1.0
    except ValueError:
        return 0.0
