"""The name that a guide gives to what transcribes speech in changing languages."""

from irene.pipeline.transcribing.transcriber import Transcriber as SessionRestartTranscriber

__all__ = ["SessionRestartTranscriber"]
