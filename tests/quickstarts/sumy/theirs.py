"""Choose the two sentences that say most of a text, by LexRank."""

import json
from pathlib import Path

from lines import LineTokenizer
from sumy.parsers.plaintext import PlaintextParser
from sumy.summarizers.lex_rank import LexRankSummarizer

text = Path("story.txt").read_text("utf-8")
document = PlaintextParser.from_string(text, LineTokenizer()).document
summary = [str(sentence) for sentence in LexRankSummarizer()(document, 2)]
print(json.dumps({"summary": summary}))
