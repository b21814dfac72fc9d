"""Training on many machines with Ray: the same bits as on one."""

from wordvec.distributed.training import train

__all__ = ["train"]
