"""Change something about one's own membership: phone number, birthday, or its end."""

from __future__ import annotations

from shared.contracts.membership import EditedMember, EditMember
from shared.entry import Work, shop_function
from shared.usecases.membership import edit_member


@shop_function("editMember", EditMember)
def main(command: EditMember, work: Work) -> EditedMember:
    return edit_member(command, work)
