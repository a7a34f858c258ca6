"""Vosk as it is, with nothing to keep it from a grammar that it does not survive."""

from irene import AsrStream, Hypothesis
from irene_plugins.asr.vosk import VoskAsr


class CrashingVosk(VoskAsr):
    """Gives the engine the grammar that the language tag of the request is taken for."""

    name = "crashing_vosk"

    def open_stream(self, request):
        """Open a recogniser of the engine itself."""
        import vosk

        return _Raw(vosk.KaldiRecognizer(self._model, request.sample_rate, request.language))


class _Raw(AsrStream):
    def __init__(self, recogniser):
        self._recogniser = recogniser

    def accept(self, samples):
        self._recogniser.AcceptWaveform(samples.tobytes())

    def finish(self):
        return Hypothesis(self._recogniser.FinalResult(), True)
