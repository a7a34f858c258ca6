"""Converting audio, under the names that the tuning guide uses."""

from irene.components.resampling.audio_processor import (
    AudioFormatConverter,
    AudioProcessor,
    ConversionMethod,
)

__all__ = ["AudioFormatConverter", "AudioProcessor", "ConversionMethod"]
