//! Vectors for the members of a vocabulary, and the way back.

use super::options::NO_OUTPUTS;
use crate::{
    Float, Index, Initializer, Ranks, Regularizer, Shape, Tensor, demand, depth_of, get_variable,
    random_uniform_initializer,
    spec::{Rule, SpecError},
    variable_scope,
};

options! {
    /// The options of [`embedding`](fn@embedding) and [`embedding_projection`](fn@embedding_projection).
    pub struct Embedding(
        /// The number of members: indices are below it.
        vocabulary: usize,
        /// The length of each vector.
        dimensions: usize,
    ) in "embedding" {
        /// What the vectors start from; evenly drawn from -0.05..0.05.
        initializer: Initializer = random_uniform_initializer(-0.05, 0.05),
    }
    optional {
        /// The loss for the vectors' size; the scope's, or none.
        regularizer: Regularizer,
    }
}

/// The vector of each index: `[..]` becomes `[.., dimensions]`. An index that is not in the vocabulary is an error of the run.
///
/// Variables: `embeddings` `[vocabulary, dimensions]`. TensorFlow: `tf.keras.layers.Embedding`.
///
/// # Errors
/// `E-LAYER-SIZE` for a vocabulary or vectors of 0.
///
/// ```
/// use tf::{layers::{Embedding, embedding}, prelude::*};
/// model! {
///     pub Words(ids: i32[?, 20]) -> f32[?, 20, 8] { embedding(ids, Embedding::new(1000, 8)) }
/// }
/// assert_eq!(Words::VARIABLES[0].name.to_string(), "embedding/embeddings");
/// ```
#[variable_scope]
#[track_caller]
pub fn embedding<T: Float, I: Index>(ids: Tensor<I>, options: Embedding) -> Tensor<T> {
    demand(options.vocabulary > 0 && options.dimensions > 0, SpecError::new("embedding", &NO_OUTPUTS));
    variable_scope!(options.scope(), default_name = "embedding", reuse = options.reuse, {
        let embeddings = get_variable!(
            "embeddings",
            [options.vocabulary, options.dimensions],
            initializer = options.initializer,
            regularizer = options.regularizer,
            trainable = options.trainable
        );
        tf::gather(embeddings, ids, 0)
    })
}

static WIDTH: Rule = Rule {
    code: "E-LAYER-WIDTH",
    says: "the last dimension has the size {x}, and {y} is wanted",
    left: "input",
    right: "",
    help: "make it {y}, by a dense layer for example, or change the layer's options",
};

/// How alike a vector is to that of each member of the vocabulary: `[.., dimensions]` becomes `[.., vocabulary]`, by the variable
/// of an [`embedding`](fn@embedding) that is there already (Press and Wolf 2016). It creates nothing.
///
/// With the embedding's own options it shares that embedding's variable, if it is called in the same scope.
///
/// # Errors
/// `E-REUSE-MISSING` where there is no such embedding, `E-LAYER-WIDTH` for vectors of another length than `dimensions`.
///
/// ```
/// use tf::{layers::{Embedding, embedding, embedding_projection}, prelude::*};
/// const WORDS: Embedding = Embedding::new(1000, 8).name("words");
/// model! {
///     pub Tied(ids: i32[?, 20]) -> f32[?, 20, 1000] {
///         let vectors: Tensor<f32> = embedding(ids, WORDS);
///         embedding_projection(nn::tanh(vectors), WORDS)
///     }
/// }
/// assert_eq!(Tied::PARAMETERS, 8000);
/// ```
#[variable_scope]
#[track_caller]
pub fn embedding_projection<T: Float>(x: Tensor<T>, options: Embedding) -> Tensor<T> {
    let width = depth_of("embedding_projection", x, Ranks::AtLeast(2));
    demand(
        width == options.dimensions,
        SpecError::new("embedding_projection", &WIDTH)
            .shapes(x.shape(), Shape::UNKNOWN)
            .numbers(width as i64, options.dimensions as i64),
    );
    let options = options.reuse(true);
    variable_scope!(options.scope(), reuse = true, {
        let embeddings = get_variable!("embeddings", [options.vocabulary, options.dimensions]);
        tf::matmul_transposed(x, embeddings, false, true)
    })
}
