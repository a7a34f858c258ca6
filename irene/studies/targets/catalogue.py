"""Every target: what is measured, the goal, and who set it."""

from __future__ import annotations

from irene.studies.targets.goals import (
    audio_driver,
    calls,
    listening,
    speech_service,
    starting,
    tuning_guide,
    voice_system,
)

TARGETS = (
    *listening.TARGETS,
    *calls.TARGETS,
    *starting.TARGETS,
    *tuning_guide.TARGETS,
    *audio_driver.TARGETS,
    *speech_service.TARGETS,
    *voice_system.TARGETS,
)
"""in the order of the table"""
