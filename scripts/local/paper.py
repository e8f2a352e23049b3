"""The paper in a virtual printer: what ESC/POS commands leave on it, dot by dot."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scripts.local.escpos_decoder import TEXT, Command
from scripts.local.printer_text import LINE_DOTS, Cell, drawn, rows

if TYPE_CHECKING:
    from PIL.Image import Image


class Paper:
    """What one client has printed since the last cut. `text` is what it printed as characters, not as dots."""

    def __init__(self, width_dots: int) -> None:
        self.width_dots = width_dots
        self.text = ""
        self._strips: list[Image] = []
        self._bytes = bytearray()
        self._cells: list[Cell] = []
        self._graphics: Image | None = None
        self._symbol = b""
        self._defaults()

    @property
    def blank(self) -> bool:
        """Whether nothing was printed or fed since the last cut."""
        return not self._strips and not self._cells and not self._bytes

    def apply(self, command: Command) -> None:
        """Do what the command says; a command that leaves nothing on paper changes the state only, or nothing."""
        action = _ACTIONS.get(command.name)
        if action is not None:
            action(self, command.args)

    def image(self) -> Image:
        """Everything on the paper, mode "L"."""
        from PIL import Image

        self._end_line()
        whole = Image.new("L", (self.width_dots, max(1, sum(strip.height for strip in self._strips))), 255)
        y = 0
        for strip in self._strips:
            whole.paste(strip, (0, y))
            y += strip.height
        return whole

    def follow(self, earlier: Paper) -> None:
        """Put this paper under what an earlier client left uncut: it is one roll."""
        self._strips.insert(0, earlier.image())
        self.text = earlier.text + self.text

    def _defaults(self) -> None:
        self._chinese = False
        self._align = 0
        self._wide, self._high = 1, 1
        self._inverse = False

    def _reset(self, _: bytes) -> None:
        self._end_line()
        self._defaults()

    def _write(self, data: bytes) -> None:
        self._bytes += data

    def _line_feed(self, _: bytes) -> None:
        if not self._bytes and not self._cells:
            self._blank(LINE_DOTS)
            self.text += "\n"
        self._end_line()

    def _chinese_mode(self, on: bool) -> None:
        self._settle()
        self._chinese = on

    def _size(self, wide: int, high: int) -> None:
        self._settle()
        self._wide, self._high = wide, high

    def _white_on_black(self, args: bytes) -> None:
        self._settle()
        self._inverse = bool(args[0] & 1)

    def _alignment(self, args: bytes) -> None:
        self._align = args[0] % 48

    def _feed(self, dots: int) -> None:
        self._end_line()
        self._blank(dots)

    def _cut_feed(self, args: bytes) -> None:
        self._feed(args[1] if len(args) > 1 else 0)

    def _raster(self, args: bytes) -> None:
        """`GS v 0`."""
        columns, height = int.from_bytes(args[1:3], "little"), int.from_bytes(args[3:5], "little")
        if columns and height:
            self._place(_dots(args[5:], width=columns * 8, height=height))

    def _graphics_command(self, body: bytes) -> None:
        """`GS ( L`: function 112 stores a picture, function 50 prints it."""
        if len(body) > 10 and body[1] == 112:
            width, height = int.from_bytes(body[6:8], "little"), int.from_bytes(body[8:10], "little")
            self._graphics = _dots(body[10:], width=(width + 7) // 8 * 8, height=height)
        elif len(body) >= 2 and body[1] in (2, 50) and self._graphics is not None:
            self._place(self._graphics)
            self._graphics = None

    def _symbol_command(self, args: bytes) -> None:
        """`GS ( k` for QR: function 80 stores the text, function 81 prints it."""
        if args[2:4] == b"1P":
            self._symbol = args[5:]
        elif args[2:4] == b"1Q" and self._symbol:
            self._place(_qr(self._symbol))

    def _settle(self) -> None:
        """Turn the bytes so far into characters, under the mode and size in which they came."""
        text = self._bytes.decode("gbk" if self._chinese else "cp437", "replace")
        self._cells.extend(Cell(char, self._wide, self._high, self._inverse) for char in text)
        self._bytes.clear()

    def _end_line(self) -> None:
        self._settle()
        if not self._cells:
            return
        self.text += "".join(cell.char for cell in self._cells) + "\n"
        line, self._cells = self._cells, []
        for row in rows(line, width=self.width_dots):
            self._place(drawn(row))

    def _blank(self, dots: int) -> None:
        from PIL import Image

        if dots:
            self._strips.append(Image.new("L", (self.width_dots, dots), 255))

    def _place(self, picture: Image) -> None:
        """The picture as the next strip, aligned; what is wider than the paper is lost at the right."""
        from PIL import Image

        self._end_line()
        spare = max(0, self.width_dots - picture.width)
        strip = Image.new("L", (self.width_dots, picture.height), 255)
        strip.paste(picture, ({1: spare // 2, 2: spare}.get(self._align, 0), 0))
        self._strips.append(strip)


_ACTIONS: dict[bytes, Callable[[Paper, bytes], None]] = {
    TEXT: Paper._write,
    b"\n": Paper._line_feed,
    b"\x1b@": Paper._reset,
    b"\x1c&": lambda paper, _: paper._chinese_mode(True),
    b"\x1c.": lambda paper, _: paper._chinese_mode(False),
    b"\x1ba": Paper._alignment,
    b"\x1d!": lambda paper, args: paper._size((args[0] >> 4 & 7) + 1, (args[0] & 7) + 1),
    b"\x1b!": lambda paper, args: paper._size(2 if args[0] & 0x20 else 1, 2 if args[0] & 0x10 else 1),
    b"\x1dB": Paper._white_on_black,
    b"\x1bd": lambda paper, args: paper._feed(args[0] * LINE_DOTS),
    b"\x1bJ": lambda paper, args: paper._feed(args[0]),
    b"\x1dV": Paper._cut_feed,
    b"\x1dv0": Paper._raster,
    b"\x1d(L": lambda paper, args: paper._graphics_command(args[2:]),
    b"\x1d8L": lambda paper, args: paper._graphics_command(args[4:]),
    b"\x1d(k": Paper._symbol_command,
}


def _dots(data: bytes, *, width: int, height: int) -> Image:
    """One bit a dot, set bits black; missing rows stay white."""
    from PIL import Image, ImageChops

    padded = data.ljust(width // 8 * height, b"\0")
    return ImageChops.invert(Image.frombytes("1", (width, height), padded).convert("L"))


def _qr(text: bytes) -> Image:
    from edge_bridge.rendering.qr import qr_image

    return qr_image(text.decode("utf-8", "replace"), dot=4, quiet=4)
