"""Every error that irene expects, as one tree with a stable code and an exit code each.

::

    IreneError                     1
    ├── ConfigurationError         2   the configuration or the command line is wrong
    ├── ProviderUnavailableError   3   a provider, its engine or its model is missing
    │   └── ModelMissingError      3   the engine is there, its model is not
    ├── PluginError                3   a plugin is broken or clashes with another
    ├── AudioFormatError           4   input that cannot be read as audio
    ├── DeviceError                5   a microphone or loudspeaker is missing or vanished
    ├── CheckFailedError           6   a check or gate did not pass
    │   └── ModelRefusedError      6   a model's files are not what they should be
    ├── DownloadError              3   a model could not be fetched
    ├── ProviderFailedError        3   a provider raised while it worked
    ├── NotRunningError            3   no assistant of that name is running, or it does not answer
    └── RequestError               2   what a running assistant was asked for makes no sense

Expected errors reach a person as one line (what, where, what would be right) and set the
exit code; anything else is a bug and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Sequence


class IreneError(Exception):
    """An expected failure: the message is one line that a user can act on."""

    code = "irene"
    """Stable name, used in `error` events and in the documentation."""
    exit_code = 1
    """Exit status of the command that ends with this error."""
    retryable = False
    """Whether the same call may succeed when it is made again."""


class ConfigurationError(IreneError):
    """The configuration or the command line is wrong; carries every problem found."""

    code = "configuration"
    exit_code = 2

    def __init__(self, message: str, problems: Sequence[object] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class ProviderUnavailableError(IreneError):
    """A provider cannot be used; the message names what is missing and the cure."""

    code = "provider_unavailable"
    exit_code = 3


class ModelMissingError(ProviderUnavailableError):
    """The engine is installed, the model that it was told to use is not."""

    code = "model_missing"


class ProviderFailedError(IreneError):
    """A provider raised, hung or returned nonsense while it was working."""

    code = "provider_failed"
    exit_code = 3
    retryable = True


class PluginError(IreneError):
    """A plugin cannot be loaded, or its names clash with those of another plugin."""

    code = "plugin"
    exit_code = 3

    def __init__(self, message: str, *, cure: str = "") -> None:
        super().__init__(message)
        self.cure = cure
        """what its author or user can do, one line"""


class AudioFormatError(IreneError):
    """Input that is no audio, or audio that cannot be decoded any further."""

    code = "audio_format"
    exit_code = 4


class DeviceError(IreneError):
    """A microphone or a loudspeaker is missing, busy or has vanished."""

    code = "device"
    exit_code = 5
    retryable = True


class CheckFailedError(IreneError):
    """A check or gate did not pass."""

    code = "check_failed"
    exit_code = 6


class ModelRefusedError(CheckFailedError):
    """A model's files are damaged, not those that were asked for, or not safe to use."""

    code = "model_refused"


class DownloadError(IreneError):
    """A model could not be fetched; what came so far is kept."""

    code = "download"
    exit_code = 3
    retryable = True

    def __init__(self, message: str, *, retryable: bool = True, after_s: float = 0.0) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.after_s = after_s
        """wait that the server asked for, s"""


class NotRunningError(IreneError):
    """No assistant of that name is running, or the one that is does not answer."""

    code = "not_running"
    exit_code = 3
    retryable = True


class RequestError(IreneError):
    """A running assistant was asked for something that it does not know, or in no proper form."""

    code = "request"
    exit_code = 2
