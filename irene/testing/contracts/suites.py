"""Which contract is that of which kind."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from irene.domain.kinds import Kind
from irene.testing.contracts.asr import AsrContract
from irene.testing.contracts.contract import ProviderContract
from irene.testing.contracts.echo_cancellation import EchoCancellationContract
from irene.testing.contracts.input import InputContract
from irene.testing.contracts.intent_recognition import IntentRecognitionContract
from irene.testing.contracts.intents import IntentsContract
from irene.testing.contracts.language import LanguageContract
from irene.testing.contracts.output import OutputContract
from irene.testing.contracts.resampling import ResamplingContract
from irene.testing.contracts.tts import TtsContract
from irene.testing.contracts.vad import VadContract
from irene.testing.contracts.voice_trigger import VoiceTriggerContract

CONTRACT_SUITES: Mapping[Kind, type[ProviderContract]] = MappingProxyType(
    {
        suite.kind: suite
        for suite in (
            VoiceTriggerContract,
            EchoCancellationContract,
            VadContract,
            AsrContract,
            LanguageContract,
            TtsContract,
            ResamplingContract,
            IntentRecognitionContract,
            IntentsContract,
            InputContract,
            OutputContract,
        )
    }
)
"""the suite of each kind"""


def contract_of(provider: type[Any], options: Any = None, **settings: Any) -> type[Any]:
    """Return the contract of a provider's kind, with the provider set.

    Args:
        provider: the provider class.
        options: its options, as an object or a mapping.
        settings: further members of the contract, such as `deterministic=False`.
    """
    suite = CONTRACT_SUITES[provider.kind]
    members = {
        "__doc__": f"The {provider.kind} provider {provider.name!r} keeps its contract.",
        "__module__": __name__,
        "provider": provider,
        "options": options,
        **settings,
    }
    return type(f"TestContractOf{provider.__name__}", (suite,), members)
