"""The value types of the Python API, under the name that the tuning guide uses."""

from irene.domain.audio import AudioData

__all__ = ["AudioData"]
