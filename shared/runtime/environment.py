"""Settings read from the environment, by pydantic alone: a settings library is a fifth of a cold start."""

from __future__ import annotations

import os
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class FromEnvironment(BaseModel):
    """Settings whose fields are read from variables of their names in capitals, after `PREFIX`.

    An empty variable is one that is not set. What is given to the constructor comes first. Raises ValidationError,
    which names every fault and tells no value.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True, hide_input_in_errors=True)

    PREFIX: ClassVar[str] = ""

    def __init__(self, **given: object) -> None:
        names = {name: (self.PREFIX + name).upper() for name in type(self).model_fields}
        found = {name: os.environ[variable] for name, variable in names.items() if os.environ.get(variable)}
        super().__init__(**{**found, **given})
