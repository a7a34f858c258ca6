"""The reference page of the configuration."""

from irene.cli.reference.configuration import render
from irene.config.fields import fields_of
from irene.config.known_keys import SECTIONS


def test_every_key_of_every_section_is_documented():
    """Each key has a line in the table of its section."""
    page = render()
    for name, cls in SECTIONS.items():
        section = page.split(f"## [{name}]\n")[1].split("\n## ")[0]
        for key in fields_of(cls):
            assert f"| `{key}` |" in section or key == "providers"


def test_a_line_tells_type_default_unit_and_meaning():
    """Options of providers are there as well, with what the plugin says about them."""
    page = render()
    line = (
        "| `end_silence_ms` | a whole number from 0 to 3600000 | `700` | ms | silence that ends an "
    )
    assert line in page
    assert "### [asr.providers.vosk]" in page
    assert (
        '| `device` | a text | `"cpu"` |  | accepted so that a recogniser is swapped by one word '
        "(Vosk always runs on the CPU) |"
    ) in page
