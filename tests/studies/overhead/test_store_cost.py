"""What keeping measurements costs: the command that measures it."""

from cost_page import measured

from irene.studies.overhead import store as store_cost


def test_all_figures_are_measured_and_written_to_a_page(tmp_path, monkeypatch):
    """What the event loop pays apart from what the threads pay; and the longest hold-up."""
    monkeypatch.setattr(store_cost, "_N_TURNS", 20)
    text, keys = measured(store_cost, tmp_path)
    for words in ("on the event loop", "in one transaction", "every rule", "longest time between"):
        assert words in text
    assert keys == list(store_cost.FIGURES)


def test_what_is_measured_is_a_whole_command():
    """All of its stages, as a session has them."""
    spans = store_cost._command(1, 0.0).spans
    names = [child["name"] for child in spans["children"]]
    assert names == ["listening", "response", "playback"]
    assert sum(len(child["children"]) for child in spans["children"]) == 10


def test_a_look_is_at_every_metric():
    """Each has a value, so that none is left out."""
    readings = store_cost._full_recorder().snapshot().readings
    told = {reading.metric.name for reading in readings}
    assert told >= {metric.name for metric in store_cost.METRICS} - {
        *("irene_stage_duration_seconds", "irene_stage_errors_total")
    }
