"""The voice trigger slot, under the name that the tuning guide uses."""

from irene.components.voice_trigger import VoiceTriggerComponent

__all__ = ["VoiceTriggerComponent"]
