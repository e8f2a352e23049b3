"""Where a clip's sound is: the shop's own recording if there is one, else the bundled one."""

from __future__ import annotations

import re
from pathlib import Path

BUNDLED_CLIPS = Path(__file__).parent / "static" / "clips"
MEDIA_TYPES = {
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".m4a": "audio/mp4",
}
_NAME = re.compile(r"[a-z0-9-]{1,40}", re.ASCII)


def find_clip(name: str, own: Path | None) -> Path | None:
    """The file that holds this clip, or None. `own` is the shop's folder; a name never leads out of either folder."""
    if not _NAME.fullmatch(name):
        return None
    folders = [BUNDLED_CLIPS] if own is None else [own, BUNDLED_CLIPS]
    for folder in folders:
        for ending in MEDIA_TYPES:
            path = folder / f"{name}{ending}"
            if path.is_file():
                return path
    return None
