"""Training and prediction on many machines with Ray, with the same bits as on one."""

from wordvec.distributed.cooccurrences import count_cooccurrences
from wordvec.distributed.mapping import map_batches
from wordvec.distributed.training import train

__all__ = ["count_cooccurrences", "map_batches", "train"]
