"""How fast a spoken language is identified, and what its encoder saves."""

from __future__ import annotations

from irene.errors import ProviderUnavailableError
from irene.performance.measuring.engine_cost import CostMeter
from irene.performance.measuring.spread import Spread
from irene.studies.languages.trial import RECORDINGS, Trial, trial_of
from irene.studies.startup.answer_times import percentile_95
from irene.studies.targets.finding import Finding
from irene.studies.targets.target import Effort, Found

_LANGUAGES = ("en", "de", "ru", "fr")
_MODEL = "base"


def identification(effort: Effort) -> Found:
    """Recorded commands in four languages, with Whisper `base`."""
    return measured(_MODEL)


def measured(model: str) -> Found:
    """Return what is found with a model, by name or path.

    Raises:
        ProviderUnavailableError: the engine or its model is not here.
    """
    if not (RECORDINGS / "manifest.csv").is_file():
        raise ProviderUnavailableError(
            "the recordings in four languages come with the repository, not with a package"
        )
    trial = trial_of(model, _LANGUAGES, RECORDINGS)
    try:
        meter = CostMeter()
        meter.load(trial.component.slot.chain)
        trial.recordings = [
            next(one for one in trial.commands if one.language == language)
            for language in _LANGUAGES
        ]
        return _measured(trial, meter)
    finally:
        trial.close()


def _measured(trial: Trial, meter: CostMeter) -> Found:
    times = Spread(tuple(trial.window_times_ms()))
    meter.note_memory()
    _, live = trial.live()
    per_s = Spread(tuple(1000 / one for one in times.values))
    return {
        "identification-time": Finding(times),
        "identification-p95": Finding(Spread((percentile_95(times),))),
        "identification-rate": Finding(per_s),
        "identification-memory": Finding.exact(meter.cost().most_mb),
        "encoder-live": Finding.exact(100 * live.hit_rate),
        "encoder-repeated": Finding.exact(100 * trial.repeated().hit_rate),
    }
