//! Training runs of models of many kinds against TensorFlow's (`tests/parity/training_runs.json`): the same seed, the same data, a hundred
//! rounds; the losses before each step, what is computed in the end, and the variables by name, slots of optimizers among them, with how
//! large they became. `tests/parity/generate/training_runs/` has the same programs, file by file, in TensorFlow.

mod adversarial;
mod averaging;
mod by_hand;
mod images;
mod lookups;
mod pairs;
mod recorded;
mod regression;
mod sequences;
