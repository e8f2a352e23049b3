"""Write what is published from the code: `scripts/reference`."""

from __future__ import annotations

from scripts.published.files import DOCS, published


def main() -> None:
    """Write the files anew."""
    for path, text in published().items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote docs/{path.relative_to(DOCS)}")


if __name__ == "__main__":
    main()
