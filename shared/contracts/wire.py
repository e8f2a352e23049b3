"""What every message on the wire has in common: camelCase names, frozen, unknown fields refused by name."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints
from pydantic.alias_generators import to_camel


class Wire(BaseModel):
    """A message. Python names are snake_case, wire names camelCase; money is fen, times are ISO 8601 with offset."""

    # A function's cold start is its imports, so a message's schema is built when the first one comes. For the same
    # reason no module of contracts postpones its annotations: read as text, each would be compiled at every start.
    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        extra="forbid",
        defer_build=True,
        ser_json_timedelta="float",
    )

    @property
    def acts_as_guest(self) -> bool:
        """Whether the caller acts for themselves, so that no staff record is looked up; a message may say so."""
        return False

    def wire(self) -> dict[str, object]:
        """The message as plain JSON values under its wire names; absent optional fields are left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    def wire_json(self) -> str:
        """The same as JSON text."""
        return self.model_dump_json(by_alias=True, exclude_none=True)


def _with_offset(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("时间必须带时区")
    return value


Moment = Annotated[datetime, AfterValidator(_with_offset)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-:.|]+$")]
LineId = Annotated[str, StringConstraints(min_length=1, max_length=36, pattern=r"^[A-Za-z0-9_\-.|]+$")]
"""Without a colon: what the kitchen cooks of a combo is told apart by line, colon and slot."""
RequestId = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$")
]
