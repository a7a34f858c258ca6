"""The speech recognition slot, under the name that the tuning guide uses."""

from irene.components.asr.component import ASRComponent

__all__ = ["ASRComponent"]
