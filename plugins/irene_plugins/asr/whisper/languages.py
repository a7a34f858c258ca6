"""BCP 47 tags and the language codes of Whisper models."""

from __future__ import annotations

from collections.abc import Collection

from irene import ConfigurationError

AUTO = "auto"
_CODES = {"nb": "no", "fil": "tl", "cmn": "zh", "jv": "jw", "iw": "he", "in": "id"}
"""languages that Whisper names otherwise than BCP 47 does"""


def whisper_language(wanted: str | None, configured: str, known: Collection[str]) -> str | None:
    """Return the code of the language to be recognised; None: the model finds it out.

    Args:
        wanted: BCP 47 tag that the assistant asks for.
        configured: option `language` of the provider.
        known: codes of the model.

    Raises:
        ConfigurationError: the model does not know the language.
    """
    tag = configured or wanted
    if configured.lower() == AUTO or tag is None:
        return None
    language = tag.replace("_", "-").partition("-")[0].lower()
    code = _CODES.get(language, language)
    if code in known:
        return code
    if len(known) == 1:
        only = next(iter(known))
        raise ConfigurationError(
            f"language {tag!r}: this Whisper model knows {only!r} only; take one without .en"
        )
    raise ConfigurationError(f"language {tag!r}: no Whisper model knows it")
