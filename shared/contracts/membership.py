"""What a member changes about their membership: `editMember`."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from shared.contracts.members import Birthday
from shared.contracts.ordering import TableCode
from shared.contracts.wire import Id, RequestId, Wire


class BindPhone(Wire):
    """Bind the phone number that the mini-program's `getPhoneNumber` button gave this `code` for; it replaces another.

    A named card holds more stored value (rule 18).
    """

    op: Literal["bindPhone"]
    code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_=+/-]{4,128}$")]


class NoteBirthday(Wire):
    """Note the birthday, once: another one is refused."""

    op: Literal["birthday"]
    birthday: Birthday


class LeaveBrand(Wire):
    """End the membership: points and bonus are void, what is known of the member is forgotten (rule 17).

    Refused while there is principal: it is paid back first.
    """

    op: Literal["leave"]


MemberEdit = Annotated[BindPhone | NoteBirthday | LeaveBrand, Field(discriminator="op")]


class EditMember(Wire):
    """Change one thing about one's own membership. Guests say where: `table_code` at a table, else `shop_id`."""

    request_id: RequestId
    table_code: TableCode | None = None
    shop_id: Id | None = None
    edit: MemberEdit

    @model_validator(mode="after")
    def _one_place(self) -> "EditMember":
        if self.table_code is not None and self.shop_id is not None:
            raise ValueError("tableCode 和 shopId 只需提供一个")
        return self


class EditedMember(Wire):
    """What is known of the member now, the phone masked; `left` tells that nothing is any more."""

    phone: str | None = None
    birthday: str | None = None
    left: bool = False
