"""Training runs of models of many kinds, with what they end at; `tests/training_runs/` has the same programs."""

from . import adversarial, averaging, by_hand, images, lookups, pairs, regression, sequences
from .program import SEED, record

PROGRAMS = (
    images.digits,
    images.residual,
    images.light,
    images.autoencoder,
    sequences.stacked,
    sequences.both_ways,
    sequences.attentive,
    sequences.carried,
    lookups.tied,
    *lookups.SPARSE,
    lookups.wide_and_deep,
    lookups.in_parts,
    pairs.siamese,
    pairs.ranked,
    adversarial.rivals,
    adversarial.variational,
    averaging.averaged,
    averaging.dropped,
    regression.mixture,
    regression.doubles,
    by_hand.accumulated,
    by_hand.layerwise,
)


def document():
    """The whole of training_runs.json."""
    return {"seed": SEED, "runs": [record(program) for program in PROGRAMS]}
