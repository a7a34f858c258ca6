"""What will work less well than somebody may expect, told as warnings."""

from __future__ import annotations

from collections.abc import Callable

from irene.audio.plan import AudioPlan
from irene.config.sections import Config
from irene.domain.events import Event, Warned
from irene.pipeline.parts import Parts


class Doubts:
    """Warns of each doubt once, until it is gone; from one thread at a time."""

    def __init__(self, report: Callable[[Event], None]) -> None:
        """`report` takes the warnings."""
        self._report = report
        self._told: tuple[str, ...] = ()

    def tell(self, config: Config, parts: Parts, plan: AudioPlan | None) -> None:
        """Warn of what is new among the doubts about a configuration, its parts and its audio.

        Blocks: models and vocabularies are looked at.

        Raises:
            IreneError: a part cannot say whether it has any.
        """
        warnings = () if plan is None else plan.warnings
        doubts = (*map(str, config.warnings), *parts.doubts(), *warnings)
        for problem in doubts:
            if problem not in self._told:
                self._report(Warned(message=problem))
        self._told = doubts

    def forget(self) -> None:
        """Begin again: all that is doubtful is told to the next run."""
        self._told = ()
