//! What layers and models need: `use tf::prelude::*;`.

pub use crate as tf;
pub use crate::{
    AUTO_REUSE, AsTensor, DType, Element, Float, Graph, IntoValue, NO_REUSE, Number, Reuse, Session, Shape, Tensor,
    Variable, VariableScope, collection, constant_initializer, container, control_dependencies, device, get_variable,
    glorot_normal_initializer, glorot_uniform_initializer, he_normal_initializer, he_uniform_initializer, helper,
    l1_l2_regularizer, l1_regularizer, l2_regularizer, lecun_normal_initializer, lecun_uniform_initializer, model,
    name_scope, new_variable, nn, nn::Padding, no_regularizer, ones_initializer, random_normal_initializer,
    random_uniform_initializer, truncated_normal_initializer, variable_scope, variance_scaling_initializer,
    zeros_initializer,
};
