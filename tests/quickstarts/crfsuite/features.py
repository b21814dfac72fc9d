"""Features of a word and its neighbours, as a user of CRFsuite writes them."""


def features(words):
    """Return the features of each word."""
    found = []
    for k, word in enumerate(words):
        near = {"bias", f"word={word.lower()}", f"ending={word[-2:]}", f"title={word.istitle()}"}
        near.add(f"before={words[k - 1].lower()}" if k else "first")
        near.add(f"after={words[k + 1].lower()}" if k + 1 < len(words) else "last")
        found.append(sorted(near))
    return found
