"""The splitter of sentences."""

from __future__ import annotations

import pytest

from wordvec.text import sentence_spans, split_sentences

# A bar stands where a sentence ends.
MARKED = [
    "Dr. Smith met Mr. J. R. Jones at 5 p.m.| He left.| “Really?” she asked.| “Yes!”",
    "No. 5 is alive... | Then it ended.| The U.S. President spoke.| He lives in the U.S.| The end.",
    "Prices rose 3.5 percent.| See fig. 3.| Apple Inc. announced it.| In Jan. 2020 it fell.",
    "1. Introduction follows.| 2. Methods.| A. First item.",
    "He said (quietly.)| Then left.| Wait... what?| Is it? yes.",
    "I am taller than I.| He is not.| Prof. Dr. Lee, Ph.D., left.",
    'She said "Stop."| "Why?"| Nobody knew!!!| 12 people came.',
    "line one\ncontinues here|\n\nnew paragraph without a stop",
    "他说：“今天好。”|然后走了。|真的吗？！|是的……|不知道；|好！",
    "第一句。|第二句！|\n第三句？|  你好！| Hello World.| 再见",
    "价格是3.5元。|他（笑着）说：「好！」|她没来",
    "",
    "   \n ",
]


@pytest.mark.parametrize("marked", MARKED)
def test_sentences(marked):
    text = marked.replace("|", "")
    assert split_sentences(text) == [part.strip() for part in marked.split("|") if part.strip()]


@pytest.mark.parametrize(
    "text", ["..." * 20_000, "a. " * 20_000, "A. " * 20_000, "？" * 20_000, "\n" * 20_000, "\"' ." * 9_000]
)
def test_offsets_cover_all_but_white_space(text):
    spans = sentence_spans(text)
    assert "".join("".join(text[a:b] for a, b in spans).split()) == "".join(text.split())
    assert all(text[a:b] == text[a:b].strip() for a, b in spans)
