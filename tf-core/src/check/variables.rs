//! `get_variable!` and `new_variable!` as a check meets them, methods of the context, which rustc is silent about where a layer's types are wrong: what is asked for, types erased, and what the register grants.

use super::Cx;
use crate::{
    dtype::{DType, Element},
    initializer::{Initializer, InitializerFor, InitializerKind},
    mistake::Mistake,
    names::Name,
    options::{Collections, VariableOptions, VariableRequest},
    registry::variables::Granted,
    settings::Settings,
    shape::Shape,
    sharing::Asked,
    spec::Spec,
    tensor::{GivenShape, ShapeArgument, ShapeKind, Tensor, TensorKind, Variable, shape_at},
};
use core::panic::Location;

impl Cx<'_> {
    /// `get_variable!` at build time.
    #[track_caller]
    pub const fn get_variable<T: Element, I: InitializerFor<T>, S: ShapeArgument>(
        self,
        name: &Name<'_>,
        shape: S,
        options: VariableOptions<I>,
    ) -> Variable<T> {
        let call = VariableCall {
            name,
            shape: (S::KIND, &raw const shape as *const ()),
            initializer: (I::KIND, &raw const options.initializer as *const ()),
            dtype: T::DTYPE,
            trainable: options.trainable,
            dtype_given: options.dtype_given,
            validate_shape: options.validate_shape,
            shared: true,
            collections: &options.collections,
            settings: options.settings(),
        };
        // SAFETY: shape and initializer are of these kinds, as their traits promise, and live until the end of this function.
        let granted = unsafe { granted(&call, self) };
        Variable::at_build_time(granted.shape, granted.index)
    }

    /// `new_variable!` at build time.
    #[track_caller]
    pub const fn new_variable<T: Element, I: InitializerFor<T>, S: ShapeArgument>(
        self,
        name: &Name<'_>,
        shape: S,
        options: VariableOptions<I>,
    ) -> Variable<T> {
        let call = VariableCall {
            name,
            shape: (S::KIND, &raw const shape as *const ()),
            initializer: (I::KIND, &raw const options.initializer as *const ()),
            dtype: T::DTYPE,
            trainable: options.trainable,
            dtype_given: true,
            validate_shape: options.validate_shape,
            shared: false,
            collections: &options.collections,
            settings: options.settings(),
        };
        // SAFETY: as in `get_variable`.
        let granted = unsafe { granted(&call, self) };
        Variable::at_build_time(granted.shape, granted.index)
    }
}

/// A call of `get_variable`, its types erased.
pub(crate) struct VariableCall<'c, 'n> {
    pub(crate) name: &'c Name<'n>,
    pub(crate) shape: (ShapeKind, *const ()),
    pub(crate) initializer: (InitializerKind, *const ()),
    pub(crate) dtype: DType,
    pub(crate) trainable: Option<bool>,
    pub(crate) dtype_given: bool,
    pub(crate) validate_shape: bool,
    pub(crate) shared: bool,
    pub(crate) collections: &'c Collections,
    pub(crate) settings: Option<&'c Settings>,
}

/// # Safety
/// The pointers of `call` lead to live values of their kinds.
#[track_caller]
const unsafe fn granted(call: &VariableCall<'_, '_>, cx: Cx<'_>) -> Granted {
    let mut mistake = None;
    // SAFETY: the caller promises it.
    let request = unsafe { request(call, &mut mistake) };
    if let Some(mistake) = &mistake {
        cx.mistake(mistake);
    }
    if let (InitializerKind::Tensor, tensor) = call.initializer {
        // SAFETY: the caller promises it; a variable is a transparent wrapper of a tensor.
        unsafe { cx.input_at(TensorKind::Tensor, tensor) };
    }
    let mut mistake = None;
    // SAFETY: the reference ends before `mistake` is called; `get_variable` of the register does not come back here.
    let registry = unsafe { &mut (*cx.check).registry };
    let at = if cx.takes_notes { Some(Location::caller()) } else { None };
    registry.cursor.call = cx.call;
    let granted = registry.get_variable(call.name, &request, at, &mut mistake);
    if let Some(mistake) = &mistake {
        cx.mistake(mistake);
    }
    granted
}

/// What a call of `get_variable` asks for.
///
/// Here and in the register mistakes are handed out through a reference: const evaluation pays for each move of a large value.
///
/// # Safety
/// The pointers of `call` lead to live values of their kinds.
pub(crate) const unsafe fn request<'c, 'n>(
    call: &VariableCall<'c, 'n>,
    mistake: &mut Option<Mistake<'n>>,
) -> VariableRequest<'c> {
    let mut collections = None;
    if let Collections::Given { .. } = call.collections {
        collections = Some(call.collections.hash());
        if call.collections.too_many() {
            *mistake = Some(Mistake::TooManyCollections { name: call.name.text });
        }
    }
    let mut shape = Shape::SCALAR;
    // SAFETY: the caller promises it.
    let shape_given = match unsafe { shape_at(call.shape.0, call.shape.1, &mut shape) } {
        GivenShape::Shape => true,
        GivenShape::Nothing => {
            shape = Shape::UNKNOWN;
            false
        }
        GivenShape::Wrong(wrong) => {
            *mistake = Some(Mistake::Spec(wrong.error("shape")));
            shape = Shape::POISON;
            true
        }
    };
    let initializer = match call.initializer.0 {
        InitializerKind::Nothing => None,
        // SAFETY: the caller promises it.
        InitializerKind::Initializer => Some(unsafe { *(call.initializer.1 as *const Initializer) }),
        // SAFETY: the caller promises it.
        InitializerKind::Optional => unsafe { *(call.initializer.1 as *const Option<Initializer>) },
        InitializerKind::Tensor => {
            if !shape_given {
                // SAFETY: the caller promises it; a variable is a transparent wrapper of a tensor.
                shape = unsafe { &*(call.initializer.1 as *const Tensor<f32>) }.shape;
            }
            Some(Initializer::Tensor)
        }
        InitializerKind::Function => Some(Initializer::Function),
    };
    VariableRequest {
        asked: Asked {
            spec: Spec { shape, dtype: call.dtype },
            trainable: call.trainable,
            initializer,
            collections,
            settings: call.settings,
        },
        shape_given,
        dtype_given: call.dtype_given,
        validate_shape: call.validate_shape,
        shared: call.shared,
        collections: call.collections,
    }
}
