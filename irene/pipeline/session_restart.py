"""The name that a guide gives to what transcribes speech in changing languages."""

from irene.pipeline.transcription import Transcriber as SessionRestartTranscriber

__all__ = ["SessionRestartTranscriber"]
