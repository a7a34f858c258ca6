"""The mistakes of all sentence files, collected so that a person sees them at once."""

from __future__ import annotations

from irene import ConfigurationError


class ProblemList:
    """Mistakes as lines, in the order in which they were found.

    Sentences of one intent that are wrong for one reason share a line: a list that is missing
    is one mistake, however many sentences use it.
    """

    def __init__(self) -> None:
        self._sentences: dict[tuple[str, str, str], list[str]] = {}

    def add(self, origin: str, where: str, reason: str, sentence: str = "") -> None:
        """Keep one mistake.

        Args:
            origin: file or handler that holds it.
            where: part of the file, such as `intent HassTurnOn`; empty for the file itself.
            reason: what is wrong and, where it is known, what would be right.
            sentence: the template that is wrong; empty when it is no template.
        """
        sentences = self._sentences.setdefault((origin, where, reason), [])
        if sentence and sentence not in sentences:
            sentences.append(sentence)

    def __len__(self) -> int:
        return len(self._sentences)

    def lines(self) -> tuple[str, ...]:
        """Return one line per mistake."""
        return tuple(_line(*key, sentences) for key, sentences in self._sentences.items())

    def raise_if_any(self) -> None:
        """Raise when a mistake was found.

        Raises:
            ConfigurationError: the message holds the first mistake, `problems` all of them.
        """
        lines = self.lines()
        if lines:
            more = f" (and {len(lines) - 1} more problems)" if len(lines) > 1 else ""
            raise ConfigurationError(f"sentences: {lines[0]}{more}", lines)


def _line(origin: str, where: str, reason: str, sentences: list[str]) -> str:
    quoted = ""
    if sentences:
        more = f" (and {len(sentences) - 1} more)" if len(sentences) > 1 else ""
        quoted = f'"{sentences[0]}"{more}'
    parts = (origin, where, quoted, reason)
    return " ".join(": ".join(part for part in parts if part).split())
