"""Choose the two sentences that say most of a text, by LexRank."""

import json
from pathlib import Path

from wordvec.pipelines.applications import Summarizer

text = Path("story.txt").read_text("utf-8")
document = Summarizer("lexrank", sentences=2, position=0, cue_phrases=None).summarize([text])[0]
summary = [sentence.text for sentence in document.sentences]
print(json.dumps({"summary": summary}))
