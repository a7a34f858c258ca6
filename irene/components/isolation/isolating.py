"""Putting a provider into processes of its own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from irene.components.isolation.boot import Boot
from irene.components.isolation.capturing import IsolatedInput
from irene.components.isolation.conversion import IsolatedResampler
from irene.components.isolation.handling import IsolatedHandler, IsolatedRecognizer
from irene.components.isolation.listening import (
    IsolatedEchoCanceller,
    IsolatedLanguage,
    IsolatedVad,
    IsolatedVoiceTrigger,
)
from irene.components.isolation.playing import IsolatedOutput
from irene.components.isolation.pool import WorkerPool
from irene.components.isolation.proxy import IsolatedProvider
from irene.components.isolation.recognition import IsolatedAsr
from irene.components.isolation.reports import WorkerReports
from irene.components.isolation.settings import WorkerSettings
from irene.components.isolation.voices import IsolatedTts
from irene.domain.clock import Clock, SystemClock
from irene.domain.kinds import Kind
from irene.errors import ConfigurationError
from irene.providers.provider import Provider

PROXIES: Mapping[Kind, type[IsolatedProvider]] = {
    Kind.VOICE_TRIGGER: IsolatedVoiceTrigger,
    Kind.ECHO_CANCELLATION: IsolatedEchoCanceller,
    Kind.VAD: IsolatedVad,
    Kind.ASR: IsolatedAsr,
    Kind.LANGUAGE: IsolatedLanguage,
    Kind.TTS: IsolatedTts,
    Kind.RESAMPLING: IsolatedResampler,
    Kind.INTENT_RECOGNITION: IsolatedRecognizer,
    Kind.INTENTS: IsolatedHandler,
    Kind.INPUT: IsolatedInput,
    Kind.OUTPUT: IsolatedOutput,
}
"""What stands for an isolated provider of each kind."""


def isolated(
    provider: Provider[Any],
    settings: WorkerSettings,
    reports: WorkerReports,
    clock: Clock | None = None,
) -> IsolatedProvider:
    """Return what stands for a provider, not loaded yet, that is to run in workers.

    Raises:
        ConfigurationError: providers of this kind, or this one, cannot run there.
    """
    table = reports.table
    if sys.platform == "win32":
        raise ConfigurationError(
            f'{table}: isolation = "process" needs Linux or another POSIX system; '
            'use isolation = "thread"'
        )
    boot = Boot.of(provider, table)
    pool = WorkerPool(boot, settings, reports, clock or SystemClock())
    return PROXIES[provider.kind](provider, pool)
