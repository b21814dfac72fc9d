"""The classical features of tokens as a list of f-strings for each token: the way of a plain Python tagger."""


def shape(word):
    out = ""
    for character in word:
        if character.isdigit():
            kind = "d"
        elif not character.isalpha():
            kind = character
        elif character.isupper():
            kind = "X"
        else:
            kind = "x" if character.islower() else "o"
        if out[-4:] != kind * 4:
            out += kind
    return out


def escape(value):
    return value.replace("\\", "\\\\").replace("|", "\\|")


def word_features(words, window=2, max_affix=4, pos=None, conjunctions=True):
    """Return the features of each word of a sentence."""
    return [token_features(words, t, window, max_affix, pos, conjunctions) for t in range(len(words))]


def token_features(words, t, window=2, max_affix=4, pos=None, conjunctions=True):
    word = words[t]
    n = len(words)
    features = []
    for offset in range(-window, window + 1):
        if 0 <= t + offset < n:
            other = words[t + offset]
            features += [
                f"w[{offset}]={other}",
                f"lower[{offset}]={other.lower()}",
                f"shape[{offset}]={shape(other)}",
            ]
    for k in range(1, min(max_affix, len(word)) + 1):
        features += [f"pre{k}={word[:k]}", f"suf{k}={word[-k:]}"]
    if word[:1].isalpha() and word[0].isupper():
        features.append("capital")
    upper = any(c.isupper() and c.isalpha() for c in word)
    lower = any(c.islower() and c.isalpha() for c in word)
    if upper and not lower:
        features.append("capitals")
    if lower and any(c.isupper() and c.isalpha() for c in word[1:]):
        features.append("inner_capital")
    if word.isdigit():
        features.append("digits")
    if any(c.isdigit() for c in word):
        features.append("has_digit")
    if "-" in word:
        features.append("hyphen")
    if word and not any(c.isalpha() or c.isdigit() for c in word):
        features.append("punctuation")
    if t == 0:
        features.append("BOS")
    if t == n - 1:
        features.append("EOS")
    if conjunctions:
        features += ngrams("w", words, t, [s for s in bigrams(window) if 0 in s])
    if pos is not None:
        features += [f"pos[{k}]={pos[t + k]}" for k in range(-window, window + 1) if 0 <= t + k < n]
        if conjunctions:
            features += ngrams("pos", pos, t, bigrams(window) + trigrams(window))
    return features


def bigrams(window):
    return [(k, k + 1) for k in range(-window, window)]


def trigrams(window):
    return [(k, k + 1, k + 2) for k in range(-window, window - 1)]


def ngrams(name, values, t, spans):
    features = []
    for span in spans:
        if all(0 <= t + k < len(values) for k in span):
            left = "|".join(f"{name}[{k}]" for k in span)
            features.append(left + "=" + "|".join(escape(values[t + k]) for k in span))
    return features


def character_features(characters, character_type, window=2):
    """Return the features of each character of a sentence; `character_type` gives the kind of one."""
    types = [character_type(character) for character in characters]
    n = len(characters)
    sentence = []
    for t in range(n):
        features = []
        for k in range(-window, window + 1):
            if 0 <= t + k < n:
                features += [f"c[{k}]={characters[t + k]}", f"type[{k}]={types[t + k]}"]
            for distance in (1, 2):
                inside = k + distance <= window and t + k >= 0 and t + k + distance < n
                if inside and characters[t + k] == characters[t + k + distance]:
                    features.append(f"same[{k}|{k + distance}]")
        skip = [(-1, 1)] if window else []
        features += ngrams("c", characters, t, bigrams(window) + skip + trigrams(window))
        features += ngrams("type", types, t, [s for s in trigrams(window) if s[1] == 0])
        features += ["BOS"] * (t == 0) + ["EOS"] * (t == n - 1)
        sentence.append(features)
    return sentence
