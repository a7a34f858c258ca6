"""How fast the assistant starts and answers, and what memory it takes, from new processes."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from irene.domain.audio import AudioChunk
from irene.domain.kinds import Kind
from irene.errors import ProviderFailedError
from irene.performance.measuring.fresh_process import run_isolated
from irene.performance.measuring.spread import Spread, interleaved
from irene.performance.speech.demo_question import demo_question
from irene.studies.listening_cost.instant_asr import InstantAsr
from irene.studies.startup.answer_times import AnswerTimes, Scene, answer_times, percentile_95
from irene.studies.startup.command import import_ratio, start_probes
from irene.studies.startup.demo_process import demo_memory
from irene.studies.startup.first_calls import first_calls
from irene.studies.startup.session_memory import session_memory
from irene.studies.targets.finding import Finding, Nature
from irene.studies.targets.target import Effort, Found

_STARTS = ("import numpy", "import irene", "irene --help", "irene run")
_N_MEMORIES = 2
"""memory hardly varies"""
_N_QUESTIONS = 12
"""different places of the question's end within a block"""
_N_SESSIONS = 8
_PROCESSES = 2
"""of each engine, cold and warm: loading takes most of the time"""
_UNGUIDED = "asr.grammar=off"
"""one recognition of everything, not one within the sentences and a free one after it"""
_WAKE_WORD_END_S = 1.25
_QUESTION_END_S = 3.15
_SILENCE_S = 3.0


def starting(effort: Effort) -> Found:
    """New processes that take turns: imports, help, and the demo until it listens."""
    with tempfile.TemporaryDirectory(prefix="irene-targets-") as folder:
        probes = start_probes(Path(folder))
        times = interleaved(effort.rounds, {name: probes[name] for name in _STARTS})
    return {
        "import-irene": Finding(import_ratio(times), Nature.RATIO),
        "help": Finding(times["irene --help"]),
        "run-ready": Finding(times["irene run"]),
    }


def memory(effort: Effort) -> Found:
    """The demo as a process of its own: its question, its answer, and waiting again."""
    further = run_isolated(session_memory, _N_SESSIONS)
    note = f"a further session: {further.session_mb:.2f} MB"
    return {
        "demo-memory": _most(None, (_UNGUIDED,), note),
        "demo-memory-twice": _most(_not_understood()),
        "application-memory": _most(None),
    }


def answering(effort: Effort) -> Found:
    """The demo's question in real time, its end in ever other places of a block."""
    with tempfile.TemporaryDirectory(prefix="irene-targets-") as folder:
        scenes = (Scene(InstantAsr.name, realtime=True), Scene("", realtime=True))
        framework, usual = answer_times(scenes, _N_QUESTIONS, Path(folder))
    return {
        "answer-framework": Finding(_beyond(framework)),
        "answer-framework-p95": Finding(_late(framework)),
        "recognition-latency": Finding(_late(usual), note=f"recogniser: {usual.asr}"),
        "answer-p95": Finding(_late(usual), note=f"recogniser: {usual.asr}"),
    }


def first_call(effort: Effort) -> Found:
    """The first call of each engine after warming up, beside later ones."""
    worst = max(first_calls(_PROCESSES), key=lambda one: one.ratio)
    note = f"most: {worst.provider}"
    return {"first-call": Finding(Spread((worst.ratio,)), Nature.RATIO, note=note)}


def warm_trigger(effort: Effort) -> Found:
    """The first call of the voice trigger after warming up."""
    (trigger,) = first_calls(_PROCESSES, (Kind.VOICE_TRIGGER,))
    note = f"{trigger.provider}; without warming up {trigger.cold_ms:.1f} ms"
    return {"first-call-time": Finding(Spread((trigger.first_ms,)), note=note)}


def _most(question: AudioChunk | None, settings: Sequence[str] = (), note: str = "") -> Finding:
    """Return the most memory that the demo assistant takes with a question; None: its own."""
    with tempfile.TemporaryDirectory(prefix="irene-targets-") as folder:
        found = [demo_memory(Path(folder), question, settings) for _ in range(_N_MEMORIES)]
    return Finding(Spread(tuple(one.peak_mb for one in found)), Nature.EXACT, note=note)


def _not_understood() -> AudioChunk:
    """Return the demo's wake word and its question backwards: no sentence that is known.

    What fits no sentence is recognised a second time, freely.
    """
    question = demo_question(_SILENCE_S)
    first, last = (
        round(time_s * question.sample_rate) for time_s in (_WAKE_WORD_END_S, _QUESTION_END_S)
    )
    samples = question.samples.copy()
    samples[first:last] = np.flip(samples[first:last])
    return AudioChunk(samples, question.sample_rate)


def _beyond(times: AnswerTimes) -> Spread:
    if times.beyond_ms is None:
        raise ProviderFailedError("the question was not asked in real time")
    return times.beyond_ms


def _late(times: AnswerTimes) -> Spread:
    return Spread((percentile_95(_beyond(times)),))
