"""What is said about a running order: `cancelOrder`, `editOrder`; and what the machine does about old ones: `sweep`."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

from shared.contracts.ordering import Choices, Note, Picks, TableCode
from shared.contracts.wire import Id, RequestId, Wire

Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=50)]
Course = Annotated[int, Field(ge=1, le=9)]


class CancelOrder(Wire):
    """Cancel a whole order. A guest cancels their own until the kitchen starts; staff say why, and may until it is
    handed over.

    Guests send `table_code` (or, for pick-up, `shop_id`); who sends a table code acts as a guest.
    """

    request_id: RequestId
    order_id: Id
    reason: Reason = ""
    table_code: TableCode | None = None
    shop_id: Id | None = None

    @property
    def acts_as_guest(self) -> bool:
        """A table code is a guest's."""
        return self.table_code is not None


class LineChoices(Wire):
    """All choices of a line anew, as in an order's line."""

    specs: Choices = Field(default_factory=dict)
    modifiers: Picks = Field(default_factory=dict)
    combo: Choices = Field(default_factory=dict)


class ChangeLine(Wire):
    """Other choices, another note, or fewer of a line (more is another round). For staff, before it is cooked."""

    op: Literal["change"]
    line_id: Id
    quantity: Annotated[int, Field(ge=1, le=99)] | None = None
    choices: LineChoices | None = None
    note: Note | None = None

    @model_validator(mode="after")
    def _something(self) -> "ChangeLine":
        if self.quantity is None and self.choices is None and self.note is None:
            raise ValueError("请说明要改什么：quantity、choices 或 note")
        return self


class VoidLine(Wire):
    """Take back units of a line, or all of it. For staff; with a reason once the kitchen has begun with it."""

    op: Literal["void"]
    line_id: Id
    quantity: Annotated[int, Field(ge=1, le=99)] | None = None
    reason: Reason = ""


class RushLines(Wire):
    """Hurry the kitchen, for these lines or for all that are not served yet; a line once in five minutes (催菜)."""

    op: Literal["rush"]
    line_ids: Annotated[tuple[Id, ...], Field(max_length=60)] = ()


class FireCourse(Wire):
    """Let the kitchen cook a course that was held (起菜)."""

    op: Literal["fire"]
    course: Course


class EditOrder(Wire):
    """Change one thing about a running order, by `edit.op`. Guests of the table may rush and fire."""

    request_id: RequestId
    order_id: Id
    edit: Annotated[ChangeLine | VoidLine | RushLines | FireCourse, Field(discriminator="op")]
    table_code: TableCode | None = None
    shop_id: Id | None = None

    @property
    def acts_as_guest(self) -> bool:
        """A table code is a guest's."""
        return self.table_code is not None


class Sweep(Wire):
    """Do what time has made due, in every shop. Sent by the timer, whose fields are let through.

    Harmless when anybody calls it: it does only what is due.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")


class SweepReply(Wire):
    """How much each step did; `failed` names the steps that could not, which the next run tries again."""

    done: dict[str, int]
    failed: tuple[str, ...] = ()
