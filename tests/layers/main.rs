//! Layers and metrics: TensorFlow's names and numbers (`tests/parity/layers.json`), and what they share.

mod dropout;
mod metrics;
mod names;
mod normalization;
mod recorded;
mod templates;
mod threads;
mod values;
