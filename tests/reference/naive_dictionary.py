"""A dictionary of tagged sentences, and what it says of other sentences: one word after the other."""

from collections import Counter


def tags_of_words(sentences, tags, most=3, least=0.05):
    """Return the frequent tags of each word in lower case, joined."""
    counts = {}
    for words, row in zip(sentences, tags):
        for word, tag in zip(words, row):
            counts.setdefault(word.lower(), Counter())[tag] += 1
    found = {}
    for word, own in counts.items():
        ranked = sorted(own, key=lambda tag: (-own[tag], tag))[:most]
        kept = [tag for tag in ranked if own[tag] >= least * sum(own.values())]
        found[word] = "|".join(tag.replace("\\", "\\\\").replace("|", "\\|") for tag in kept)
    return found


def mark_tags(words, tags_of):
    return [tags_of.get(word.lower(), "?") for word in words]


def types_of_names(sentences, spans, longest=8):
    """Return the most frequent type of each name; of those that are equally frequent the first by name."""
    counts = {}
    for words, own in zip(sentences, spans):
        for kind, first, last in own:
            if last - first <= longest:
                counts.setdefault(tuple(words[first:last]), Counter())[kind] += 1
    return {name: min(own, key=lambda kind: (-own[kind], kind)) for name, own in counts.items()}


def mark_names(words, type_of):
    """Return the role and the type at each token of a known name, the longest first; None elsewhere."""
    marks, t = [None] * len(words), 0
    while t < len(words):
        lengths = [n for n in range(len(words) - t, 0, -1) if tuple(words[t : t + n]) in type_of]
        if not lengths:
            t += 1
            continue
        n = lengths[0]
        kind = type_of[tuple(words[t : t + n])]
        roles = ["S"] if n == 1 else ["B", *"I" * (n - 2), "E"]
        marks[t : t + n] = [role if kind == "_" else f"{role}-{kind}" for role in roles]
        t += n
    return marks


def mark_lengths(words, type_of):
    """Return the lengths of the longest known names that begin, end and go on at each token."""
    n = len(words)
    begins, ends, inside = [0] * n, [0] * n, [0] * n
    for first in range(n):
        for last in range(first, n):
            length = last - first + 1
            if tuple(words[first : last + 1]) in type_of:
                begins[first] = max(begins[first], length)
                ends[last] = max(ends[last], length)
                for t in range(first + 1, last):
                    inside[t] = max(inside[t], length)
    return [list(map(str, row)) for row in (begins, ends, inside)]
