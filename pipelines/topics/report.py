"""Topics of a topic model, and the report that lists them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from wordvec._utils.messages import counted
from wordvec._utils.reports import Report
from wordvec._utils.tables import cut_text, one_line

__all__ = ["Topic", "TopicReport"]

_EXCERPT = 95  # columns of a text


@dataclass(frozen=True)
class Topic:
    """A topic: its size, its key words, and the texts nearest to its centre.

    Attributes
    ----------
    number : int
        Its number in the results of `predict`.
    size : int
        Number of texts given to `fit` that belong to it.
    share : float
        The proportion of these texts among all.
    silhouette : float
        Mean silhouette of its texts (of a sample if there are many): near 1, they are well separated from other topics;
        near 0, they are between two topics.
    keywords : list of (word, weight)
        The words that distinguish it from the other topics, by class-based TF-IDF.
    texts : list
        The texts nearest to its centre.
    """

    number: int
    size: int
    share: float
    silhouette: float
    keywords: list[tuple[str, float]]
    texts: list[Any]


@dataclass(frozen=True)
class TopicReport(Report):
    """The topics of a collection of texts; ``print`` lists them.

    Attributes
    ----------
    n_texts : int
    n_without_topic : int
        Number of texts without a known word.
    silhouette : float
        The mean over texts.
    topics : list of Topic, the largest first
    """

    n_texts: int
    n_without_topic: int
    silhouette: float
    topics: list[Topic]

    def to_dict(self) -> dict[str, Any]:
        """Return all values as JSON types; key words are lists of word and weight."""
        fields = asdict(self)
        for topic in fields["topics"]:
            topic["keywords"] = list(map(list, topic["keywords"]))
        return fields

    def format(self) -> str:
        """Return the size, silhouette, key words and representative texts of each topic, in lines of 100 columns."""
        lines = [
            f"{counted(self.n_texts, 'text')}, {counted(len(self.topics), 'topic')}, silhouette {self.silhouette:.3f}"
        ]
        if self.n_without_topic:
            lines.append(f"{counted(self.n_without_topic, 'text')} without a known word have no topic")
        for topic in self.topics:
            words = ", ".join(_excerpt(word) for word, _ in topic.keywords)
            lines += [
                "",
                f"{topic.number}: {words}",
                f"   {counted(topic.size, 'text')} ({topic.share:.1%}), silhouette {topic.silhouette:.3f}",
                *(f"   - {_excerpt(text)}" for text in topic.texts),
            ]
        return "\n".join(lines)


def _excerpt(text: Any) -> str:
    """Return the beginning of a text, or of its tokens, on one line."""
    return cut_text(one_line(text if isinstance(text, str) else " ".join(text)), _EXCERPT)
