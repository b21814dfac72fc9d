"""Slow, obvious references for the cutting of words into tokens; the standard library only."""


def longest_tokens(word, vocabulary, unknown, prefix="##", most_chars=100):
    """WordPiece: the longest token that a word begins with, then of the rest, with the prefix."""
    if len(word) > most_chars:
        return [vocabulary[unknown]]
    ids, start = [], 0
    while start < len(word):
        before = prefix if start else ""
        stops = [stop for stop in range(len(word), start, -1) if before + word[start:stop] in vocabulary]
        if not stops:
            return [vocabulary[unknown]]
        ids.append(vocabulary[before + word[start : stops[0]]])
        start = stops[0]
    return ids


def merged(word, vocabulary, merges, unknown=None, fuses=False, falls_back=False, takes_whole=False):
    """BPE: the leftmost pair of the lowest rank is merged, as long as there is one."""
    if takes_whole and word in vocabulary:
        return [vocabulary[word]]
    tokens, after_unknown = [], False
    for char in word:
        is_unknown = char not in vocabulary and not falls_back
        if char in vocabulary:
            tokens.append(char)
        elif falls_back:
            tokens += [f"<0x{byte:02X}>" for byte in char.encode()]
        elif unknown is not None and not (fuses and after_unknown):
            tokens.append(unknown)
        after_unknown = is_unknown
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    while True:
        found = [(ranks[pair], k) for k, pair in enumerate(zip(tokens, tokens[1:])) if pair in ranks]
        if not found:
            return [vocabulary[token] for token in tokens]
        _, k = min(found)
        tokens[k : k + 2] = [tokens[k] + tokens[k + 1]]
