"""How long real recognisers take for real recordings: where simulated times come from."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from irene.components.asr.component import ASRComponent
from irene.performance.measuring.listening import assembly_of
from irene.performance.speech.recordings import Group, read_manifest
from irene.plugin.registry import ComponentRegistry

N_STEPS = 20
"""steps of probability from the shortest time to the longest"""
_ROUNDS = 3
_GROUPS = (Group.COMMAND, Group.READ, Group.DIGITS)

POCKETSPHINX_S = (
    *(0.235, 0.247, 0.257, 0.260, 0.264, 0.271, 0.287, 0.310, 0.338, 0.368, 0.413),
    *(0.455, 0.462, 0.481, 0.528, 0.560, 0.573, 0.714, 0.927, 1.118, 1.305),
)
"""what `python -m irene.studies.routing_simulation --measure pocketsphinx` found for the
recordings of the repository on one core of an AMD EPYC"""


def measure(provider: str, folder: Path) -> tuple[float, ...]:
    """Return quantiles of the processor seconds that a recogniser takes for a recording.

    Each recording of speech is written down as a whole a few times, and the shortest counts: that
    takes other programs out of it, and leaves what depends on the words.

    Raises:
        IreneError: recordings or provider cannot be used.
    """
    registry = ComponentRegistry.installed()
    speech = [one for one in read_manifest(folder) if one.group in _GROUPS]
    clips = [recording.read(registry) for recording in speech if recording.language == "en"]
    component = ASRComponent(assembly_of("asr", provider).asr_slot())
    component.slot.chain.warm_up()
    least_s = np.full(len(clips), np.inf)
    for _ in range(_ROUNDS):
        for number, clip in enumerate(clips):
            began = time.process_time()
            component.recognize(clip)
            least_s[number] = min(least_s[number], time.process_time() - began)
    component.slot.chain.close()
    quantiles = np.quantile(least_s, np.linspace(0.0, 1.0, N_STEPS + 1))
    return tuple(float(one) for one in np.round(quantiles, 3))
