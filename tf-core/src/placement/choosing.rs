//! What names a device for [`device`](crate::device): texts, specs, nothing, functions.

use super::{parse::DeviceParts, spec::DeviceSpec};
use crate::{
    check::Cx,
    error::{Error, Result},
    mistake::Mistake,
    spec::Spec,
};
use std::{panic::Location, sync::Arc};

/// An op that is being made, as a device function sees it.
#[derive(Clone, Copy, Debug)]
pub struct DeviceOp<'o> {
    pub(crate) name: &'o str,
    pub(crate) type_name: &'static str,
    pub(crate) device: &'o DeviceSpec,
    pub(crate) outputs: &'o [Spec],
    pub(crate) at: &'static Location<'static>,
}

impl DeviceOp<'_> {
    /// The op's name in the graph: `model/conv1/weights`.
    pub fn name(&self) -> &str {
        self.name
    }

    /// TensorFlow's name of the op type, such as `VarHandleOp`.
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// What the scopes inside this one came to: the device so far.
    pub fn device(&self) -> &DeviceSpec {
        self.device
    }

    /// Element types and shapes of its outputs; of a variable, those of its value.
    pub fn outputs(&self) -> &[Spec] {
        self.outputs
    }

    /// The source line that makes it.
    pub fn location(&self) -> &'static Location<'static> {
        self.at
    }
}

/// A function from ops to devices.
pub(crate) type Chooser = Arc<dyn Fn(&DeviceOp<'_>) -> Result<DeviceSpec> + Send + Sync>;

/// What one `device` scope says.
#[doc(hidden)]
#[derive(Clone)]
pub enum Frame {
    /// These parts, where no scope inside says otherwise.
    Merge(DeviceSpec),
    /// Nothing of what the scopes around it say (V2).
    Clear,
    /// What a function makes of each op, in place of the device so far (V4).
    Choose(Chooser),
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Frame::Merge(spec) => write!(f, "Merge({spec})"),
            Frame::Clear => f.write_str("Clear"),
            Frame::Choose(_) => f.write_str("Choose(..)"),
        }
    }
}

/// What [`device`](crate::device) takes: a device string, a [`DeviceSpec`], `None` for no device, a
/// [`replica_device_setter`](crate::replica_device_setter()), or a function from the op that is made to its device:
/// `|op: &DeviceOp| ..` that returns a string or a `DeviceSpec`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a device",
    label = "expected a device such as \"/gpu:1\", a `DeviceSpec`, `None`, or a function `|op: &tf::DeviceOp| ..`"
)]
pub trait IntoDevice {
    /// What it says.
    #[doc(hidden)]
    fn into_frame(self) -> Result<Frame>;
}

impl IntoDevice for &str {
    fn into_frame(self) -> Result<Frame> {
        self.parse().map(Frame::Merge)
    }
}

impl IntoDevice for &String {
    fn into_frame(self) -> Result<Frame> {
        self.as_str().into_frame()
    }
}

impl IntoDevice for String {
    fn into_frame(self) -> Result<Frame> {
        self.as_str().into_frame()
    }
}

impl IntoDevice for Option<&str> {
    fn into_frame(self) -> Result<Frame> {
        self.map_or(Ok(Frame::Clear), IntoDevice::into_frame)
    }
}

impl IntoDevice for DeviceParts<'_> {
    fn into_frame(self) -> Result<Frame> {
        Ok(Frame::Merge(self.into()))
    }
}

impl IntoDevice for DeviceSpec {
    fn into_frame(self) -> Result<Frame> {
        Ok(Frame::Merge(self))
    }
}

impl IntoDevice for &DeviceSpec {
    fn into_frame(self) -> Result<Frame> {
        self.clone().into_frame()
    }
}

impl<F, D> IntoDevice for F
where
    F: Fn(&DeviceOp<'_>) -> D + Send + Sync + 'static,
    D: ChoosesDevice,
{
    fn into_frame(self) -> Result<Frame> {
        Ok(Frame::Choose(Arc::new(move |op| self(op).chosen())))
    }
}

/// What a device function may return: a device string, a [`DeviceSpec`], or a result of one.
pub trait ChoosesDevice {
    /// The device.
    ///
    /// # Errors
    /// E-DEVICE if it is a text that is none, and the function's own.
    fn chosen(self) -> Result<DeviceSpec>;
}

impl ChoosesDevice for DeviceSpec {
    fn chosen(self) -> Result<DeviceSpec> {
        Ok(self)
    }
}

impl ChoosesDevice for &str {
    fn chosen(self) -> Result<DeviceSpec> {
        self.parse()
    }
}

impl ChoosesDevice for String {
    fn chosen(self) -> Result<DeviceSpec> {
        self.parse()
    }
}

impl<D: ChoosesDevice> ChoosesDevice for Result<D, Error> {
    fn chosen(self) -> Result<DeviceSpec> {
        self.and_then(ChoosesDevice::chosen)
    }
}

/// What names a device in a checked layer or model: a text, or `None`.
///
/// # Safety
/// `OPTIONAL` says whether `Self` is `Option<&str>`; otherwise it is `&str`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a device that rustc can check",
    label = "expected a device such as \"/gpu:1\", or `None`",
    note = "device functions and `replica_device_setter` stand around the build of a model: `tf::device(setter, || ..)`"
)]
pub unsafe trait NamesDevice: Copy + IntoDevice {
    #[doc(hidden)]
    const OPTIONAL: bool;
}
// SAFETY: it is `&str`.
#[diagnostic::do_not_recommend]
unsafe impl NamesDevice for &str {
    const OPTIONAL: bool = false;
}
// SAFETY: it is `Option<&str>`.
#[diagnostic::do_not_recommend]
unsafe impl NamesDevice for Option<&str> {
    const OPTIONAL: bool = true;
}

/// A device scope has no effect at build time beyond its text being a device.
#[doc(hidden)]
#[track_caller]
pub const fn check<'d, D: NamesDevice + 'd>(device: D, cx: Cx<'_>) {
    let text: Option<&'d str> = if D::OPTIONAL {
        // SAFETY: `OPTIONAL` promises this type, and the text lives as long as `D`.
        unsafe { core::mem::transmute_copy(&device) }
    } else {
        // SAFETY: it is no `Option`, so a text, as the trait promises; it lives as long as `D`.
        Some(unsafe { core::mem::transmute_copy(&device) })
    };
    if let Some(text) = text
        && let Err(error) = DeviceParts::parse(text)
    {
        cx.mistake(&Mistake::Device { text, error });
    }
}

/// A device string that rustc has examined, or refused.
#[doc(hidden)]
#[track_caller]
pub const fn caching_device(device: &'static str, cx: Cx<'_>) -> &'static str {
    check(device, cx);
    device
}
