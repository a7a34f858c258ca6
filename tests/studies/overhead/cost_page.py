"""What the commands that measure costs have in common: a page and values are written."""

import json

from irene.performance.publishing.markdown import markers

SHORT = ("--rounds", "1", "--sample-ms", "0.1")


def measured(command, folder):
    """Let a command measure as briefly as it can; return its page and the keys of its figures.

    Args:
        command: a module with `main`, `BLOCK` and `FIGURES`.
        folder: where the page and the values are written.
    """
    first, last = markers(command.BLOCK)
    page, values = folder / "page.md", folder / "values.json"
    page.write_text(f"before\n{first}\n{last}\nafter\n")
    assert command.main([*SHORT, "--write", str(page), "--json", str(values)]) == 0
    text = page.read_text()
    assert text.startswith(f"before\n{first}\n")
    assert text.endswith(f"{last}\nafter\n")
    return text, [one["key"] for one in json.loads(values.read_text())["comparisons"]]
