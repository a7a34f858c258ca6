"""A handler for the loudness of the assistant's own voice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from irene import HandlerContext, Intent, IntentInfo, Response, hookimpl
from irene_plugins.intents.bundled import BundledHandler

_QUIETEST = 5
"""percent; steps go no lower, so that nobody makes it silent without wanting to"""
_AFTER_SILENCE = 50
"""percent; what "unmute" sets when nobody knows how loud it was before"""
_STRENGTHS = {"bit": 0.5, "lot": 2.0}


@dataclass(frozen=True)
class VolumeOptions:
    """How the volume changes."""

    step_percent: int = 10
    """how much louder or quieter one step is, 1 to 100"""

    def __post_init__(self) -> None:
        """Refuse a step that changes nothing."""
        if not 1 <= self.step_percent <= 100:
            raise ValueError(f"step_percent = {self.step_percent}: use 1 to 100")


class VolumeHandler(BundledHandler[VolumeOptions]):
    """Makes the assistant's voice louder, quieter or silent."""

    name = "volume"
    summary = "makes the assistant's voice louder, quieter or silent"
    intents = (
        "HassSetVolume",
        "HassSetVolumeRelative",
        "HassMediaPlayerMute",
        "HassMediaPlayerUnmute",
        "IreneGetVolume",
    )
    Options = VolumeOptions

    def __init__(self, options: VolumeOptions | None = None) -> None:
        super().__init__(options)
        self._changing = threading.Lock()
        self._before_mute = 0

    def handle(self, intent: Intent, context: HandlerContext) -> Response:
        """Change the volume within 0 to 100 %, and say how loud it is now."""
        work: Mapping[str, Callable[[Intent, str], Response]] = {
            "HassSetVolume": self._set,
            "HassSetVolumeRelative": self._step,
            "HassMediaPlayerMute": self._mute,
            "HassMediaPlayerUnmute": self._unmute,
        }
        with self._changing:
            return work.get(intent.name, self._tell)(intent, context.language)

    def describe(self) -> Sequence[IntentInfo]:
        """Say what the intents are for."""
        level = {"volume_level": "percent, 0 (silent) to 100"}
        step = {"volume_step": "up, down, or percent to add, -100 to 100", "strength": "bit or lot"}
        return [
            IntentInfo("HassSetVolume", "Sets the assistant's volume.", level, ("volume_level",)),
            IntentInfo("HassSetVolumeRelative", "Louder or quieter.", step, ("volume_step",)),
            IntentInfo("HassMediaPlayerMute", "Makes the assistant silent."),
            IntentInfo("HassMediaPlayerUnmute", "Makes it as loud as before it was muted."),
            IntentInfo("IreneGetVolume", "Tells how loud the assistant is."),
        ]

    def _set(self, intent: Intent, language: str) -> Response:
        try:
            level = round(float(intent.slots["volume_level"]))
        except (KeyError, ValueError, OverflowError):
            return self.say("which_level", language)
        if not 0 <= level <= 100:
            return self.say("which_level", language)
        return self._become(level, language)

    def _step(self, intent: Intent, language: str) -> Response:
        wanted = intent.slots.get("volume_step", "up")
        strength = _STRENGTHS.get(str(intent.slots.get("strength", "")), 1.0)
        step = max(1, round(self.options.step_percent * strength))
        try:
            change = {"up": step, "down": -step}.get(str(wanted)) or round(float(wanted))
        except (ValueError, OverflowError):
            return self.say("which_level", language)
        before = self._percent
        after = max(min(before, _QUIETEST), min(100, before + change))
        if after == before:
            return self.say("loudest" if change > 0 else "quietest", language)
        return self._become(after, language)

    def _mute(self, intent: Intent, language: str) -> Response:
        if self._percent:
            self._before_mute = self._percent
        self.services.volume = 0.0
        return self.say("muted", language)

    def _unmute(self, intent: Intent, language: str) -> Response:
        if self._percent:
            return self._tell(intent, language)
        return self._become(self._before_mute or _AFTER_SILENCE, language)

    def _tell(self, intent: Intent, language: str) -> Response:
        return self.say("level", language, percent=self._percent)

    def _become(self, percent: int, language: str) -> Response:
        self.services.volume = percent / 100
        return self.say("level" if percent else "muted", language, percent=percent)

    @property
    def _percent(self) -> int:
        return round(self.services.volume * 100)


@hookimpl
def irene_intent_handlers() -> list[type[VolumeHandler]]:
    """Offer the handler of the volume."""
    return [VolumeHandler]
