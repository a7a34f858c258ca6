"""What finding the providers of Whisper models costs commands that use none of them."""

import subprocess
import sys

PROVIDERS = (
    "irene_plugins.asr.whisper.provider",
    "irene_plugins.asr.whisper.faster.provider",
    "irene_plugins.language.whisper",
    "irene_plugins.language.faster_whisper",
)
ONLY_USED = ("engine", "stream", "query", "guards", "prompt", "log_mel", "growing", "sentences")
ONLY_USED_FASTER = ("engine", "decoding", "tokens", "folder", "weights", "gathering")


def test_the_parts_of_an_engine_are_imported_when_it_is_used():
    """Every command imports the providers, to know their options; most use no Whisper model."""
    program = f"import sys, {', '.join(PROVIDERS)}; print(*sys.modules)"
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    imported = set(ended.stdout.split())
    assert set(PROVIDERS) <= imported
    folder = "irene_plugins.asr.whisper"
    late = {f"{folder}.{name}" for name in ONLY_USED}
    late |= {f"{folder}.faster.{name}" for name in ONLY_USED_FASTER}
    assert not late & imported
