//! Savers and initial values from checkpoints, against TensorFlow's behaviour (B rows).

#[path = "../folder/mod.rs"]
mod folder;
mod restoring;
mod saving;
mod starting;
mod values;
