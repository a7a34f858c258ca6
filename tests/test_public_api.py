"""The public surface: what `import irene` offers, and what it costs."""

import ast
import subprocess
import sys
from pathlib import Path

import irene


def test_every_public_name_can_be_imported():
    """What `__all__` promises is there."""
    for name in irene.__all__:
        assert getattr(irene, name) is not None


def test_the_lazy_table_and_the_typed_imports_agree():
    """A type checker sees exactly what the program can import."""
    tree = ast.parse(Path(irene.__file__).read_text())
    typed = {
        (node.module, alias.name)
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    lazy = {(home, name) for home, names in irene._HOMES.items() for name in names.split()}
    assert typed == lazy


def test_an_unknown_name_is_an_attribute_error():
    """A typing error fails like in any module."""
    assert not hasattr(irene, "Assistent")


def test_importing_irene_imports_nothing_heavy():
    """Neither numpy nor pluggy nor pydantic is loaded before something needs it."""
    code = "import sys, irene; print({'numpy', 'pluggy', 'pydantic', 'click'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_parts_for_tests_do_not_bring_the_assistant():
    """Providers that import them may run in processes of their own."""
    code = "import sys, irene.testing; print({'irene.pipeline', 'pydantic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_tuning_guides_names_are_importable():
    """The documented import paths lead to the real classes."""
    from irene.components.asr_component import ASRComponent
    from irene.components.voice_trigger_component import VoiceTriggerComponent
    from irene.intents.models import AudioData

    assert AudioData is irene.AudioData
    assert ASRComponent.__module__ == "irene.components.asr.component"
    assert VoiceTriggerComponent.__module__ == "irene.components.voice_trigger.component"
