"""Reports: text, dictionaries and pages."""

import json

import pytest

from wordvec._utils.reports import Report
from wordvec.pipelines.workflows import VectorsReport


class Lines(Report):
    def format(self):
        return "a < b\n& c"

    def to_dict(self):
        return {"a": 1}


def test_a_report_prints_its_text_and_notebooks_show_it():
    assert str(Lines()) == "a < b\n& c"
    html = Lines()._repr_html_()
    assert html.startswith("<pre") and html.endswith("</pre>") and "a &lt; b\n&amp; c" in html


def test_a_report_has_both_forms():
    class Half(Report):
        def format(self):
            return ""

    with pytest.raises(TypeError, match="to_dict"):
        Half()


def test_a_report_of_training():
    report = VectorsReport(
        "v.bin", None, "c.npz", 10, 1000, 2, 1.5, 400.0, [2.0, 1.0], "nats a pair", 1, False
    )
    assert "1,000" in str(report) and "c.npz" in str(report) and "2.0000 █▁ 1.0000" in str(report)
    assert json.loads(json.dumps(report.to_dict()))["loss_curve"] == [2.0, 1.0]
