"""The voice trigger slot, under the name that the tuning guide uses."""

from irene.components.voice_trigger.component import VoiceTriggerComponent

__all__ = ["VoiceTriggerComponent"]
