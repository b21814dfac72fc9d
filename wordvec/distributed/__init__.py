"""Training and prediction on many machines with Ray: the same bits as on one."""

from wordvec.distributed.mapping import map_batches
from wordvec.distributed.training import train

__all__ = ["map_batches", "train"]
