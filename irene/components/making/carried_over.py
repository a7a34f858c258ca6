"""What components that are made anew take over from those before them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from irene.components.asr.component import ASRComponent
from irene.components.chain.provider_chain import ProviderChain
from irene.components.making.stock import Stock
from irene.components.resampling.component import ResamplingComponent
from irene.components.understanding.component import UnderstandingComponent
from irene.components.voice import VoiceComponent
from irene.domain.kinds import Kind
from irene.memory.budget.models import ModelBudget
from irene.providers.shared_engines import SharedEngines
from irene.telemetry.recorder import Recorder


@dataclass(frozen=True)
class CarriedOver:
    """What an assistant that runs leaves to the one that goes on with another configuration."""

    stock: Stock = field(default_factory=Stock)
    """providers that are used as they are, loaded or not"""
    chains: Mapping[Kind, ProviderChain[Any]] = field(default_factory=dict)
    """slots whose providers stay"""
    before: Mapping[Kind, ProviderChain[Any]] = field(default_factory=dict)
    """all slots as they are filled so far"""
    resampling: ResamplingComponent | None = None
    """what converts for every slot"""
    models: ModelBudget | None = None
    """what loaded models may take"""
    asr: ASRComponent | None = None
    """the recogniser before this one"""
    voice: VoiceComponent | None = None
    """the voice before this one"""
    understanding: UnderstandingComponent | None = None
    """what understood before"""
    engines: SharedEngines | None = None
    """engines that providers hold between them"""
    recorder: Recorder | None = None
    """what takes the figures"""
