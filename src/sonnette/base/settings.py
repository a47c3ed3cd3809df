"""What every section of the configuration is: a frozen model whose fields explain themselves.

The text under a field is its documentation, in ``sonnette config explain`` as in the
generated reference.  This module alone of ``base`` needs pydantic: whoever embeds a
library without its settings never imports it.
"""

import json
from contextlib import suppress
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Section(BaseModel):
    """One table of the configuration file; a key that it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Reload:
    """Marks a field that SIGHUP reads again, without a restart."""


def split_words(value: object) -> object:
    """A list as the environment writes it, in JSON or with commas or spaces, into its words."""
    if not isinstance(value, str):
        return value
    with suppress(ValueError):
        listed = json.loads(value)
        if isinstance(listed, list):
            return listed
    return value.replace(",", " ").split()


Words = Annotated[tuple[str, ...], BeforeValidator(split_words)]
"""A list of words, in TOML an array, in the environment separated by commas."""
