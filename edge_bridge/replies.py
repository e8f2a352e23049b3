"""What an ESC/POS printer says, cut into replies: several kinds of answer share one byte stream without lengths."""

from __future__ import annotations

from dataclasses import dataclass

from shared.contracts.bridge import PrinterState

_BLOCK_HEADS = (0x37, 0x3D, 0x5F)
_BLOCK_LIMIT = 80


@dataclass(frozen=True)
class Status:
    """One byte of `DLE EOT`; which of the four it answers, only the order tells."""

    byte: int


@dataclass(frozen=True)
class Fence:
    """`GS ( H` answered: everything sent before this token is on paper."""

    token: bytes


@dataclass(frozen=True)
class Paper:
    """`GS r` answered: the printer has worked its way to it."""

    byte: int


Reply = Status | Fence | Paper


class ReplyParser:
    """Fed with whatever arrived; keeps an unfinished answer for the next time; skips what it does not know."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Reply]:
        """The replies completed by these bytes."""
        self._rest += data
        replies: list[Reply] = []
        while self._rest:
            taken, reply = _first(self._rest)
            if taken == 0:
                break
            self._rest = self._rest[taken:]
            if reply is not None:
                replies.append(reply)
        return replies


def _first(data: bytes) -> tuple[int, Reply | None]:
    """How many bytes the first answer takes (0: not all here yet), and the answer if it matters to us."""
    head = data[0]
    if head in _BLOCK_HEADS:
        return _block(data)
    if head & 0x93 == 0x12:
        return 1, Status(head)
    if head & 0x93 == 0x10:  # automatic status (GS a), four bytes: pushed by printers set up that way
        return (4 if len(data) >= 4 else 0), None
    if head & 0x90 == 0:
        return 1, Paper(head)
    return 1, None


def _block(data: bytes) -> tuple[int, Reply | None]:
    end = data.find(0)
    if end < 0:
        return (1 if len(data) > _BLOCK_LIMIT else 0), None
    token = data[2:end]
    is_fence = data[0] == 0x37 and data[1:2] == b"\x22" and len(token) == 4
    return end + 1, Fence(token) if is_fence else None


@dataclass(frozen=True)
class Condition:
    """A printer's condition in one word and one Chinese sentence for whoever stands before it."""

    state: PrinterState
    detail: str = ""

    @property
    def prints(self) -> bool:
        """Whether a ticket sent now would come out."""
        return self.state in ("ready", "paperLow")


def condition_of(statuses: tuple[int, int, int, int]) -> Condition:
    """From the answers to `DLE EOT` 1 (printer), 2 (why offline), 3 (error) and 4 (paper)."""
    printer, offline, error, paper = statuses
    if error & 0x28:
        return Condition("error", "切刀卡住或打印机故障：请关机，清理切刀和纸屑后再开机")
    if offline & 0x04:
        return Condition("coverOpen", "打印机盖子没有关好：请按紧盖子")
    if paper & 0x60 or offline & 0x20:
        return Condition("paperOut", "打印机缺纸：请换一卷新纸，没打的小票会自动打出")
    if printer & 0x08 or offline & 0x48:
        return Condition("offline", "打印机未就绪：请看打印机上的红灯，按一下走纸键或重新开机")
    if paper & 0x0C:
        return Condition("paperLow", "纸快用完了：请准备一卷新纸")
    return Condition("ready")
