"""Skip-gram and CBOW by the book: one pair at a time, in float64. Imports only NumPy."""

from __future__ import annotations

import numpy as np

MASK = (1 << 64) - 1


def draw(key, counter):
    z = (key + (counter + 1) * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def stream_key(seed, purpose, epoch):
    return draw(draw(draw(seed, 0), purpose), epoch)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def pair_weights(window, kind, reach, distance):
    """Weight of a pair; `kind` is "full", "expected" or "random"."""
    if distance == 0 or abs(distance) > window:
        return 0.0
    if kind == "expected":
        return (window + 1 - abs(distance)) / window
    return float(kind == "full" or abs(distance) <= reach)


def skipgram_loss(center, context, negatives, weights, share):
    """Loss of one block. weights[j, i]: center row j with context row i; negatives[j]: its negatives."""
    loss = 0.0
    for j in range(len(center)):
        for i in range(len(context)):
            loss += weights[j, i] * np.logaddexp(0, -center[j] @ context[i])
        for k in range(len(negatives[j])):
            loss += share * weights[j].sum() * np.logaddexp(0, center[j] @ negatives[j][k])
    return loss


def cbow_loss(center, context, negatives, weights, share):
    """Loss of one block, with the mean of the context. Arguments as for `skipgram_loss`."""
    loss = 0.0
    for j in range(len(center)):
        total = weights[j].sum()
        if total > 0:
            hidden = weights[j] @ context / total
            loss += np.logaddexp(0, -hidden @ center[j])
            for k in range(len(negatives[j])):
                loss += share * np.logaddexp(0, hidden @ negatives[j][k])
    return loss


class Trainer:
    """The same blocks, supersteps and draws as the package, each pair on its own.

    strata : for each negative sample the first word of its stratum, and its cells (below, other word)
    positions : (2 * window + 1, D), optional; weights of the words around a word, learned if they are given (CBOW)
    """

    def __init__(self, ids, starts, tables, *, keep_below, strata, window, kind, negative, n_negatives, n_block,
                 n_group, n_segments, segment_tokens, epochs, rates, rate_bound, seed, cbow=None,
                 row_rates=1.0, positions=None):  # fmt: skip
        self.__dict__.update(locals())
        self.learns_positions = positions is not None
        if positions is None:
            self.positions = np.ones((2 * window + 1, tables.shape[1]))
        self.n_bounded = 0
        self.n_words = len(tables) // 2
        self.sentence = np.repeat(np.arange(len(starts) - 1), np.diff(starts))

    def kept(self, epoch):
        """Places of kept tokens and the window drawn for each."""
        key = stream_key(self.seed, 1, epoch)
        places, reach = [], {}
        for at, word in enumerate(self.ids):
            bits = draw(key, at)
            if bits >> 32 <= self.keep_below[word]:
                places.append(at)
                reach[at] = 1 + ((bits & 0xFFFFFFFF) * self.window >> 32)
        return places, reach

    def draw_negatives(self, epoch, place):
        key = draw(stream_key(self.seed, 2, epoch), place)
        words = []
        for k in range(self.n_negatives):
            bits = draw(key, k)
            first_word, cells = self.strata[k]
            within = (bits >> 32) * len(cells) >> 32
            below, other = cells[within]
            words.append(first_word + within if bits % 2**32 < below else other)
        return words

    def epoch(self, epoch):
        """Train one epoch; returns the loss, each term before its superstep."""
        places, reach = self.kept(epoch)
        loss = weight = 0.0
        n_tokens = len(self.ids)
        for chunk in range(0, n_tokens, self.n_segments * self.segment_tokens):
            segments = []
            for q in range(self.n_segments):
                first = min(chunk + q * self.segment_tokens, n_tokens)
                last = min(chunk + (q + 1) * self.segment_tokens, n_tokens)
                segments.append((first, last, [p for p in places if first <= p < last]))
            longest = max(len(positions) for _, _, positions in segments)
            for start in range(0, longest, self.n_block):
                self.before_superstep(start // self.n_block)
                frozen, steps = self.tables.copy(), np.zeros_like(self.tables)
                self.position_steps = np.zeros_like(self.positions)
                now = [
                    self.ids[p]
                    for _, _, positions in segments
                    for p in positions[start : start + self.n_block]
                ]
                for first, last, positions in segments:
                    block = positions[start : start + self.n_block]
                    if block:
                        done = epoch * n_tokens + first + (last - first) * start / len(positions)
                        rate = self.rates[0] + (self.rates[1] - self.rates[0]) * done / (
                            self.epochs * n_tokens
                        )
                        repeats = np.mean([now.count(self.ids[place]) for place in block])
                        self.n_bounded += rate > self.rate_bound / repeats
                        rate = min(rate, self.rate_bound / repeats)
                        more = self.block(epoch, frozen, steps, rate, places, reach, block, first + start)
                        loss, weight = loss + more[0], weight + more[1]
                self.tables += np.reshape(self.row_rates, (-1, 1)) * steps
                if self.learns_positions:
                    self.positions += self.position_steps
                self.after_superstep(start // self.n_block, start + self.n_block >= longest)
        return loss / weight

    def before_superstep(self, number):
        """Do nothing; number of the superstep in its chunk."""

    def after_superstep(self, number, is_last):
        """Do nothing; is_last: in its chunk."""

    def block(self, epoch, frozen, steps, rate, places, reach, block, negatives_place):
        loss = weight = 0.0
        share = self.negative / self.n_negatives
        index = {place: n for n, place in enumerate(places)}
        for j, place in enumerate(block):
            negatives = self.draw_negatives(epoch, negatives_place + j // self.n_group * self.n_group)
            negatives = [self.n_words + w for w in negatives]
            context = []
            for distance in range(-self.window, self.window + 1):
                n = index[place] + distance
                w = pair_weights(self.window, self.kind, reach[place], distance)
                if w and 0 <= n < len(places) and self.sentence[places[n]] == self.sentence[place]:
                    context.append((int(self.ids[places[n]]), w, self.window + distance))
            total = sum(w for _, w, _ in context)
            word = int(self.ids[place])
            if self.cbow is None:
                rows = [(self.n_words + other, w, 1.0) for other, w, _ in context]
                rows += [(row, share * total, 0.0) for row in negatives]
                for row, w, label in rows:
                    score = frozen[word] @ frozen[row]
                    loss += w * np.logaddexp(0, score if label == 0 else -score)
                    pull = rate * w * (label - sigmoid(score))
                    steps[word] += pull * frozen[row]
                    steps[row] += pull * frozen[word]
                weight += total
            elif total > 0:
                scale = 1.0 if self.cbow == "sum" else 1 / total
                hidden = scale * sum(w * self.positions[t] * frozen[other] for other, w, t in context)
                error = np.zeros_like(hidden)
                for row, w, label in [
                    (self.n_words + word, 1.0, 1.0),
                    *((row, share, 0.0) for row in negatives),
                ]:
                    score = hidden @ frozen[row]
                    loss += w * np.logaddexp(0, score if label == 0 else -score)
                    pull = rate * w * (label - sigmoid(score))
                    error += pull * frozen[row]
                    steps[row] += pull * hidden
                for other, w, t in context:
                    step = (scale if self.cbow == "exact" else 1.0) * w * error
                    steps[other] += self.positions[t] * step
                    self.position_steps[t] += frozen[other] * step
                weight += 1.0
        return loss, weight
