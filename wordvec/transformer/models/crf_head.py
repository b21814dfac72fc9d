"""A linear-chain CRF over the labels of tokens as a PyTorch module (Lafferty et al., 2001)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from wordvec.transformer.models.losses import IGNORED

__all__ = ["CRFHead"]

_FORBIDDEN = -1e6


class CRFHead(nn.Module):
    """A linear-chain CRF: scores of each token's label, and of each pair of adjacent labels.

    Parameters
    ----------
    n_labels : int
        Number of labels, L.

    Attributes
    ----------
    start, end : float (L,)
        Scores of the first and the last label.
    transitions : float (L, L)
        Score of label j after label i at [i, j].
    allowed : bool (L + 2, L)
        Whether decoding may put label j after label i, at [i, j]; the last two rows are for the first and for the last
        label. All True until `allow` is called.
    """

    # The highest learning rate of the scores at least: at that of a pre-trained body they would stay near zero. At
    # 3e-4 they moved by .05 in three epochs of 120 steps, and 10 % of the decoded steps broke the scheme.
    least_rate = 0.02
    allowed: Tensor

    def __init__(self, n_labels: int) -> None:
        super().__init__()
        self.register_buffer(
            "allowed", torch.ones(n_labels + 2, n_labels, dtype=torch.bool), persistent=False
        )
        self.start = nn.Parameter(torch.zeros(n_labels))
        self.end = nn.Parameter(torch.zeros(n_labels))
        self.transitions = nn.Parameter(torch.zeros(n_labels, n_labels))

    def allow(self, start_L: Tensor, steps_LL: Tensor, end_L: Tensor) -> None:
        """Restrict decoding to these first labels, label transitions and last labels; bool each."""
        L = self.allowed.shape[1]
        shapes = [tuple(part.shape) for part in (start_L, steps_LL, end_L)]
        if shapes != [(L,), (L, L), (L,)]:
            raise ValueError(
                f"What decoding allows must have the shapes {(L,)}, {(L, L)} and {(L,)}. Got {shapes}."
            )
        rows = torch.cat([steps_LL, start_L.unsqueeze(0), end_L.unsqueeze(0)])
        self.allowed.copy_(rows)

    def negative_log_likelihood(self, logits_BTL: Tensor, labels_BT: Tensor) -> Tensor:
        """Return -log p(labels), summed over rows; a chain links each labelled token of a row to the next.

        Parameters
        ----------
        logits_BTL : float (B, T, L)
        labels_BT : int64 (B, T), IGNORED for tokens outside the chain
        """
        logits_BTL, labels_BT, lengths_B = _packed(logits_BTL.float(), labels_BT, labels_BT != IGNORED)
        return (
            self._log_partition(logits_BTL, lengths_B) - self._score(logits_BTL, labels_BT, lengths_B)
        ).sum()

    def _score(self, logits_BTL: Tensor, labels_BT: Tensor, lengths_B: Tensor) -> Tensor:
        """Return the score of the given labels of each row, (B,)."""
        T = logits_BTL.shape[1]
        is_real_BT = torch.arange(T, device=lengths_B.device) < lengths_B.unsqueeze(1)
        own_BT = logits_BTL.gather(2, labels_BT.unsqueeze(2)).squeeze(2)
        pairs_BT = self.transitions[labels_BT[:, :-1], labels_BT[:, 1:]]
        last_B = labels_BT.gather(1, (lengths_B - 1).clamp_min(0).unsqueeze(1)).squeeze(1)
        total_B = (own_BT * is_real_BT).sum(1) + (pairs_BT * is_real_BT[:, 1:]).sum(1)
        return total_B + (self.start[labels_BT[:, 0]] + self.end[last_B]) * (lengths_B > 0)

    def _log_partition(self, logits_BTL: Tensor, lengths_B: Tensor) -> Tensor:
        """Return the log of the sum of exp(score) over all labellings, (B,); 0 for a row without tokens."""
        alpha_BL = self.start + logits_BTL[:, 0]
        for place in range(1, logits_BTL.shape[1]):
            longer_BL = (
                torch.logsumexp(alpha_BL.unsqueeze(2) + self.transitions, dim=1) + logits_BTL[:, place]
            )
            alpha_BL = torch.where((place < lengths_B).unsqueeze(1), longer_BL, alpha_BL)
        return torch.logsumexp(alpha_BL + self.end, dim=1) * (lengths_B > 0)

    @torch.inference_mode()
    def decode(self, logits_BTL: Tensor, is_labelled_BT: Tensor) -> list[list[int]]:
        """Return the best allowed labels of each row's labelled tokens (Viterbi).

        Parameters
        ----------
        logits_BTL : float (B, T, L)
        is_labelled_BT : bool (B, T)
        """
        logits_BTL, _, lengths_B = _packed(logits_BTL.float(), is_labelled_BT.long(), is_labelled_BT)
        # Finite, so that a text for which nothing is allowed still gets labels.
        scores = torch.cat([self.transitions, self.start.unsqueeze(0), self.end.unsqueeze(0)])
        *transitions, start_L, end_L = scores.masked_fill(~self.allowed, _FORBIDDEN)
        transitions_LL = torch.stack(transitions)
        score_BL = start_L + logits_BTL[:, 0]
        origins = []
        stays = torch.arange(logits_BTL.shape[2], device=logits_BTL.device)
        for place in range(1, logits_BTL.shape[1]):
            best_BL, origin_BL = (score_BL.unsqueeze(2) + transitions_LL).max(1)
            is_longer_B1 = (place < lengths_B).unsqueeze(1)
            score_BL = torch.where(is_longer_B1, best_BL + logits_BTL[:, place], score_BL)
            origins.append(torch.where(is_longer_B1, origin_BL, stays))
        path = [(score_BL + end_L).argmax(1)]
        for origin_BL in reversed(origins):
            path.append(origin_BL.gather(1, path[-1].unsqueeze(1)).squeeze(1))
        paths_BT = torch.stack(path[::-1], dim=1)
        return [row[: int(n)].tolist() for row, n in zip(paths_BT, lengths_B, strict=True)]


def _packed(logits_BTL: Tensor, labels_BT: Tensor, is_labelled_BT: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return logits and labels with the labelled tokens of each row first, in order, and their number, (B,)."""
    # A stable sort by "is not labelled" keeps the order within both groups.
    order_BT = torch.argsort((~is_labelled_BT).long(), dim=1, stable=True)
    logits_BTL = logits_BTL.gather(1, order_BT.unsqueeze(2).expand_as(logits_BTL))
    labels_BT = labels_BT.gather(1, order_BT).clamp_min(0)
    return logits_BTL, labels_BT, is_labelled_BT.sum(1)
