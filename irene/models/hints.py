"""The command that brings a missing model, for whoever misses it."""

from __future__ import annotations

from collections.abc import Iterable

from irene.models.catalogue import Catalogue, CatalogueModel


def install_hint(
    kind: str, model: str, otherwise: str = "", more: Iterable[CatalogueModel] = ()
) -> str:
    """Return `irene models install NAME` when the catalogue has that model, else something else.

    Args:
        kind: folder of the kind of model, as for `find_model`.
        model: name or path, as the option `model` gives it.
        otherwise: what to answer for a model that the catalogue does not have; by default where
            to look for those that it has.
        more: models that the plugin itself adds to the catalogue.
    """
    catalogue = Catalogue.shipped(more)
    known = catalogue.get(kind, model)
    if known is not None:
        return f"irene models install {catalogue.short_name(known)}"
    return otherwise or f"irene models list --kind {kind} shows what can be installed"
