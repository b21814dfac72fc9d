"""Slow, obvious search for near-duplicates: every text against every earlier one that stays."""


def ngrams(items, n):
    """Return the set of n-grams; all items together where there are fewer than n."""
    items = list(items)
    if not items:
        return set()
    return {tuple(items[k : k + n]) for k in range(max(1, len(items) - n + 1))}


def similarity(first, second):
    return len(first & second) / len(first | second) if first | second else 0.0


def leaders(sets, threshold):
    """Return for each set the earliest set that stays and is similar enough, or itself."""
    leader, kept = [], []
    for row, one in enumerate(sets):
        found = next((other for other in kept if similarity(one, sets[other]) >= threshold), row)
        leader.append(found)
        if found == row:
            kept.append(row)
    return leader
