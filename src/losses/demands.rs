//! What losses demand of the shapes of their tensors: each says it in its own name, since its users have called nothing else.

use crate::spec::{Rule, SpecError};

const UNLIKE: Rule = Rule {
    code: "E-SHAPED-AS",
    says: "the labels have another shape than the predictions, and a loss broadcasts neither",
    left: "labels     ",
    right: "predictions",
    help: "give both the same shape, with `tf::reshape`, `tf::squeeze` or `tf::expand_dims`",
};
static PREDICTIONS: Rule = UNLIKE;
static LOGITS: Rule = Rule {
    says: "the labels have another shape than the logits, and a loss broadcasts neither",
    left: "labels",
    right: "logits",
    ..UNLIKE
};
static EMBEDDINGS: Rule = Rule {
    says: "the two embeddings have different shapes, and a loss broadcasts neither",
    left: "b",
    right: "a",
    ..UNLIKE
};
static PAIRS: Rule = Rule {
    says: "`alike` has another shape than there are pairs of embeddings, and a loss broadcasts neither",
    left: "alike",
    right: "pairs",
    help: "give it one number for each pair, with `tf::reshape`, `tf::squeeze` or `tf::expand_dims`",
    ..UNLIKE
};

/// Refusals of shapes, by the names of losses.
pub(super) struct Unlike;

impl Unlike {
    pub(super) const fn predictions(loss: &'static str) -> SpecError {
        SpecError::new(loss, &PREDICTIONS)
    }

    pub(super) const fn logits(loss: &'static str) -> SpecError {
        SpecError::new(loss, &LOGITS)
    }

    pub(super) const fn embeddings(loss: &'static str) -> SpecError {
        SpecError::new(loss, &EMBEDDINGS)
    }

    pub(super) const fn pairs(loss: &'static str) -> SpecError {
        SpecError::new(loss, &PAIRS)
    }
}
