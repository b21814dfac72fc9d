"""Classification reports as one HTML page: no scripts, no other files; light, dark and print styles."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from wordvec._utils.messages import counted
from wordvec._utils.tables import text_width
from wordvec.text.language import detect_language

from .curves import Curve
from .data import ReportData, repeated_lines, unseen_line

# A heat map of more classes is no longer read; the most frequent confusions are.
MAX_MATRIX = 40
_N_CONFUSIONS = 20
_MATRIX_NAME = 28
# Okabe and Ito's palette, which colour-blind readers can distinguish; on dark ground the dark ones are lighter.
_LIGHT = ("#0072B2", "#B86E00", "#007F5F", "#B0508A", "#5F6B76")
_DARK = ("#56B4E9", "#E69F00", "#2CC79B", "#E58CC0", "#A9B4BF")
# Charts: the unit square and the room around it, in units of the SVG.
_SIDE, _LEFT, _TOP, _RIGHT, _BOTTOM = 300, 46, 10, 12, 40
_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def report_page(report: ReportData) -> str:
    """Return the page. All texts and class names are escaped."""
    title = escape(report.title)
    sections = [_tiles(report)]
    if report.confusion is not None:
        sections.append(_confusion(report))
    sections += [_scores(report), _charts(report), _mistakes(report)]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_style()}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        + "\n".join(sections)
        + "\n</main>\n</body>\n</html>\n"
    )


def _style() -> str:
    def colours(palette: Sequence[str]) -> str:
        return "".join(f"--c{place}:{colour};" for place, colour in enumerate(palette))

    lines = "".join(f".c{k}{{stroke:var(--c{k})}}" for k in range(len(_LIGHT)))
    return (
        ":root{color-scheme:light dark;--page:#fff;--ink:#1c2024;--faint:#60686f;--rule:#d9dde1;--card:#f5f6f8;"
        f"--right:0,114,178;--wrong:200,96,0;{colours(_LIGHT)}}}"
        "@media(prefers-color-scheme:dark){:root{--page:#14171a;--ink:#e6e9ec;--faint:#9aa4ad;--rule:#343a40;"
        f"--card:#1d2125;--right:58,140,200;--wrong:200,110,30;{colours(_DARK)}}}}}"
        "body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}"
        "main{max-width:1080px;margin:0 auto;padding:24px 20px 60px}"
        "h1{font-size:26px;margin:8px 0 18px}h2{font-size:18px;margin:36px 0 6px}"
        "p{margin:4px 0 12px;color:var(--faint);max-width:75ch}"
        ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px}"
        ".tile{background:var(--card);border-radius:8px;padding:12px 14px}"
        ".tile b{display:block;font-size:24px;line-height:1.3;font-variant-numeric:tabular-nums}"
        ".tile span{color:var(--faint);font-size:13px}"
        ".scroll{overflow-x:auto}"
        "table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
        "th,td{padding:5px 12px;text-align:right;border-bottom:1px solid var(--rule)}"
        "th{font-weight:600}thead th{color:var(--faint);font-size:13px;vertical-align:bottom}"
        "th:first-child,td.text,th.text{text-align:left}"
        "td.text{overflow-wrap:anywhere;min-width:10ch}thead th{white-space:nowrap}"
        ".mean th,.mean td{color:var(--faint)}.first th,.first td{border-top:2px solid var(--rule)}"
        ".matrix th,.matrix td{border:0;padding:6px 8px;white-space:nowrap}.matrix td{text-align:center;min-width:34px}"
        ".matrix thead th{text-align:center}.matrix thead th.up{writing-mode:vertical-rl;transform:rotate(180deg);"
        "text-align:left;padding:8px 4px}"
        # Chinese is written downwards, upright; turned like Latin letters its characters would stand on their heads.
        ".matrix thead th.up:lang(zh){transform:none;text-orientation:mixed}"
        ".matrix td.right{background:rgba(var(--right),var(--depth))}"
        ".matrix td.wrong{background:rgba(var(--wrong),var(--depth))}"
        ".matrix td.strong{color:#fff}.matrix td.none{color:var(--faint)}"
        ".charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:24px}"
        "figure{margin:0}figcaption{font-weight:600;margin-bottom:4px}svg{width:100%;max-width:420px;height:auto}"
        "svg text{fill:var(--faint);font-size:11px}svg .grid{stroke:var(--rule);stroke-width:1}"
        "svg .even{stroke:var(--faint);stroke-dasharray:3 4}svg .line{fill:none;stroke-width:2}"
        "svg .dashed{stroke-dasharray:6 3}svg .bar{fill:var(--c0);opacity:.22}svg .dot{fill:var(--c0)}"
        f"{lines}"
        ".legend{list-style:none;margin:4px 0 0;padding:0;font-size:13px;color:var(--faint)}"
        ".legend li{display:flex;gap:8px;align-items:center}.legend svg{width:26px;flex:none}"
        ".legend span{overflow-wrap:anywhere}"
        "@media print{main{max-width:none}h2{break-after:avoid}tr,figure{break-inside:avoid}"
        "td{print-color-adjust:exact;-webkit-print-color-adjust:exact}}"
    )


def _tiles(report: ReportData) -> str:
    low, high = report.accuracy_interval
    tiles = [
        (
            f"{report.accuracy:.1%}",
            ("all labels right" if report.is_multilabel else "accuracy")
            + f"; 95 % interval {low:.1%} to {high:.1%}",
        ),
        (f"{report.means['macro'].f1:.3f}", "F1, mean over classes"),
        (f"{report.log_loss:.3f}", "log loss"),
        (f"{report.brier:.3f}", "Brier score"),
        (f"{report.calibration_error:.3f}", "expected calibration error"),
        (f"{report.n_texts:,}", f"texts, {counted(len(report.classes), 'class', 'classes')}"),
    ]
    if report.is_multilabel:
        tiles.insert(1, (f"{report.means['micro'].f1:.3f}", "F1 over all labels"))
    cells = "".join(f'<div class="tile"><b>{value}</b><span>{name}</span></div>' for value, name in tiles)
    unseen = ""
    if report.unseen:
        unseen = (
            f"\n<p>Never seen in training, counted as errors: {escape(unseen_line(report.unseen))}. Means are over the "
            f"{report.n_counted} classes that occur or were predicted.</p>"
        )
    lines = repeated_lines(report)
    repeated = ""
    if lines:
        repeated = f"\n<p>Texts that are also in the training data: {'; without these: '.join(lines)}.</p>"
    return f'<div class="tiles">{cells}</div>{repeated}{unseen}'


def _column_heading(name: str, is_upright: bool) -> str:
    kind = ' class="up"' if is_upright else ""
    language = ' lang="zh"' if is_upright and detect_language(name) == "zh" else ""
    return f'<th scope="col"{kind}{language}>{name}</th>'


def _confusion(report: ReportData) -> str:
    if len(report.classes) > MAX_MATRIX:
        return _confusion_list(report)
    assert report.confusion is not None
    names = [_short(name) for name in report.names]
    # Names of columns stand upright where they would make the columns wide.
    is_wide = max(map(text_width, report.names)) > 8
    head = "".join(_column_heading(name, is_wide) for name in names)
    rows = []
    for row, (name, counts) in enumerate(zip(names, report.confusion)):
        cells = "".join(
            _cell(int(n), int(counts.sum()), is_right=row == column) for column, n in enumerate(counts)
        )
        rows.append(f'<tr><th scope="row">{name}</th>{cells}</tr>')
    return (
        "<h2>Confusion matrix</h2>\n<p>Rows are the true classes, columns the predicted ones. The stronger the colour, "
        'the larger the share of the row.</p>\n<div class="scroll"><table class="matrix"><thead><tr><th></th>'
        f"{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _confusion_list(report: ReportData) -> str:
    rows = [
        (escape(report.name_of(true)), escape(report.name_of(predicted)), str(n), f"{share:.1%}")
        for true, predicted, n, share in report.confusions(_N_CONFUSIONS)
    ]
    head = ("true", "predicted", "texts", "of the class")
    return "<h2>Most frequent confusions</h2>\n" + _table(head, rows, n_text=2)


def _cell(n: int, total: int, *, is_right: bool) -> str:
    share = n / total if total else 0.0
    kinds = ["right" if is_right else "wrong"]
    if not n:
        kinds.append("none")
    # The root makes rare confusions visible.
    depth = share**0.5
    if depth > 0.62:
        kinds.append("strong")
    return f'<td class="{" ".join(kinds)}" style="--depth:{depth:.3f}" title="{share:.1%}">{n}</td>'


def _short(name: str) -> str:
    """Return the beginning of a name, escaped, with the full name as a tooltip."""
    if len(name) <= _MATRIX_NAME:
        return escape(name)
    return f'<span title="{escape(name)}">{escape(name[: _MATRIX_NAME - 1])}…</span>'


def _scores(report: ReportData) -> str:
    head = ["class", "precision", "recall", "F1", "texts", "ROC AUC", "average precision"]
    if report.is_multilabel:
        head.append("threshold")
    rows = []
    for name, score in zip(report.names, report.scores):
        figures = (score.precision, score.recall, score.f1)
        rows.append(
            (
                escape(name),
                *(f"{value:.3f}" for value in figures),
                str(score.support),
                *(
                    "–" if value is None else f"{value:.3f}"
                    for value in (score.roc_auc, score.average_precision, score.threshold)[: len(head) - 5]
                ),
            )
        )
    means = [
        (
            f"{name} average",
            *(f"{value:.3f}" for value in (mean.precision, mean.recall, mean.f1)),
            *[""] * (len(head) - 4),
        )
        for name, mean in report.means.items()
    ]
    return "<h2>Classes</h2>\n" + _table(head, rows, means)


def _table(
    head: Sequence[str], rows: Sequence[Sequence[str]], means: Sequence[Sequence[str]] = (), n_text: int = 1
) -> str:
    """Return a table of escaped cells; the first `n_text` columns are text."""

    def cells(row: Sequence[str], tag: str) -> str:
        parts = []
        for place, cell in enumerate(row):
            kind = ' class="text"' if place < n_text else ""
            parts.append(f"<{tag}{kind}>{cell}</{tag}>")
        return "".join(parts)

    body = [f"<tr>{cells(row, 'td')}</tr>" for row in rows]
    for place, row in enumerate(means):
        body.append(f'<tr class="mean{"" if place else " first"}">{cells(row, "td")}</tr>')
    return (
        f'<div class="scroll"><table><thead><tr>{cells(head, "th")}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _charts(report: ReportData) -> str:
    figures = [
        _figure(
            "Reliability",
            "predicted probability",
            "share that is right",
            _diagonal() + _reliability(report),
            "<p>On the dotted line, predicted probabilities equal the share of correct predictions. The "
            f"bars show how many {'labels' if report.is_multilabel else 'texts'} received each probability.</p>",
        )
    ]
    for title, x, y, curves, ground, area in (
        ("ROC curves", "false positive rate", "true positive rate", report.roc, _diagonal(), "area"),
        ("Precision and recall", "recall", "precision", report.precision_recall, "", "average precision"),
    ):
        if curves:
            lines = "".join(_line(curve.x, curve.y, _stroke(k)) for k, curve in enumerate(curves))
            if report.is_multilabel and curves is report.precision_recall:
                lines += _thresholds(report, curves)
            figures.append(_figure(title, x, y, ground + lines, _legend(report, curves, area)))
    return f'<h2>Probabilities</h2>\n<div class="charts">{"".join(figures)}</div>'


def _thresholds(report: ReportData, curves: Sequence[Curve]) -> str:
    """Return a dot on each curve at the threshold of its label."""
    scores = {score.label: score for score in report.scores}
    found = ((place, scores.get(curve.label)) for place, curve in enumerate(curves))
    return "".join(
        f'<circle cx="{_x(score.recall)}" cy="{_y(score.precision)}" r="4" style="fill:var(--c{place % len(_LIGHT)})">'
        f"<title>{escape(report.name_of(score.label))}: threshold {score.threshold:.3f}</title></circle>"
        for place, score in found
        if score is not None and score.threshold is not None
    )


def _figure(title: str, x: str, y: str, drawing: str, below: str) -> str:
    width, height = _LEFT + _SIDE + _RIGHT, _TOP + _SIDE + _BOTTOM
    ticks = "".join(
        f'<path class="grid" d="M{_x(tick)} {_y(0)}V{_y(1)}M{_x(0)} {_y(tick)}H{_x(1)}"/>'
        f'<text x="{_x(tick)}" y="{_y(0) + 16}" text-anchor="middle">{tick:g}</text>'
        f'<text x="{_x(0) - 7}" y="{_y(tick) + 4}" text-anchor="end">{tick:g}</text>'
        for tick in _TICKS
    )
    middle = _y(0.5)
    return (
        f'<figure><figcaption>{title}</figcaption><svg viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{title}: {y} over {x}">{ticks}{drawing}'
        f'<text x="{_x(0.5)}" y="{height - 6}" text-anchor="middle">{x}</text>'
        f'<text x="12" y="{middle}" text-anchor="middle" transform="rotate(-90 12 {middle})">{y}</text>'
        f"</svg>{below}</figure>"
    )


def _x(value: float) -> float:
    return round(_LEFT + _SIDE * float(value), 1)


def _y(value: float) -> float:
    return round(_TOP + _SIDE * (1.0 - float(value)), 1)


def _diagonal() -> str:
    return f'<path class="even" d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}"/>'


def _stroke(place: int) -> str:
    # Ten curves: five colours, then the same dashed.
    dashed = " dashed" if place >= len(_LIGHT) else ""
    return f"line c{place % len(_LIGHT)}{dashed}"


def _line(x: np.ndarray, y: np.ndarray, kind: str) -> str:
    points = " ".join(f"{_x(a)},{_y(b)}" for a, b in zip(x.tolist(), y.tolist()))
    return f'<polyline class="{kind}" points="{points}"/>'


def _reliability(report: ReportData) -> str:
    most = max(each.n for each in report.bins)
    parts = []
    for each in report.bins:
        # No bar is higher than a fifth of the chart, so that the curve stays free.
        top = each.n / most / 5
        parts.append(
            f'<rect class="bar" x="{_x(each.low)}" y="{_y(top)}" width="{_x(each.high) - _x(each.low):.1f}" '
            f'height="{_y(0) - _y(top):.1f}"/>'
        )
    x = np.array([each.probability for each in report.bins])
    y = np.array([each.share for each in report.bins])
    parts.append(_line(x, y, _stroke(0)))
    parts += [
        f'<circle class="dot" cx="{_x(each.probability)}" cy="{_y(each.share)}" r="3.5">'
        f"<title>{each.n} at {each.probability:.1%}, right {each.share:.1%}</title></circle>"
        for each in report.bins
    ]
    return "".join(parts)


def _legend(report: ReportData, curves: Sequence[Curve], area: str) -> str:
    items = []
    for place, curve in enumerate(curves):
        name = "mean of all classes" if curve.label is None else escape(report.name_of(curve.label))
        items.append(
            f'<li><svg viewBox="0 0 26 8" aria-hidden="true"><path class="{_stroke(place)}" d="M0 4H26"/></svg>'
            f"<span>{name}: {area} {curve.area:.3f}</span></li>"
        )
    note = "<p>The mean, and the classes with the smallest areas.</p>" if curves[0].label is None else ""
    return f'<ul class="legend">{"".join(items)}</ul>{note}'


def _mistakes(report: ReportData) -> str:
    if not report.mistakes:
        return "<h2>Mistakes</h2>\n<p>None.</p>"

    def name(answer: Any) -> str:
        return escape(report.name_of(answer))

    rows = [
        (escape(each.text), name(each.true), name(each.predicted), f"{each.probability:.3f}")
        for each in report.mistakes
    ]
    return (
        "<h2>Mistakes</h2>\n<p>The most certain ones first; the probability is of the wrong decision.</p>\n"
        + _table(("text", "true", "predicted", "probability"), rows, n_text=3)
    )
