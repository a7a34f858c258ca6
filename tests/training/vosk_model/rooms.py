"""The same speech as other microphones, rooms and mouths would have it."""

from __future__ import annotations

import numpy as np

from synthesis.rooms import coloured, in_noise, in_room, noise
from vosk_model.features import RATE, cepstra

N_COPIES = 4
"""ways in which each clip is heard: nearly clean, twice in noise, between digital silence"""
_WARPS = (0.82, 1.22)
"""factors of the frequencies that a voice's resonances may have"""


def padded(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return samples on the int16 scale with 0.08 to 0.9 s of silence at either end."""
    before, after = (round(RATE * rng.uniform(0.08, 0.9)) for _ in range(2))
    level = 10 ** rng.uniform(2.8, 4.2)
    return np.pad(samples * level / max(np.abs(samples).max(), 1e-4), (before, after))


def copies(samples: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Return the cepstra of the copies, each of shape (frames, 20), frame by frame alike."""
    hiss = rng.standard_normal(len(samples)) * rng.uniform(0.5, 6.0)
    heard = [cepstra(_integers(samples + hiss))]
    for _ in range(2):
        noisy = in_noise(in_room(coloured(samples, rng), rng), rng)
        heard.append(cepstra(_integers(noisy), warp=rng.uniform(*_WARPS)))
    bare = _integers(coloured(samples, rng) * rng.uniform(0.3, 2.0))
    heard.append(cepstra(bare, warp=rng.uniform(*_WARPS)))
    return heard


def silences(n_clips: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Return clips without speech on the int16 scale: noises, hum, and nothing at all."""
    clips = []
    for number in range(n_clips):
        n_samples = round(RATE * rng.uniform(0.5, 2.5))
        level = 10 ** rng.uniform(0, 3.2)
        sound = noise(n_samples, rng) * level if number % 5 else np.zeros(n_samples)
        clips.append(_integers(sound))
    return clips


def _integers(samples: np.ndarray) -> np.ndarray:
    return np.clip(np.round(samples), -32768, 32767)
