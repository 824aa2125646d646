//! [`DeviceSpec`]: which device, as far as it is said.

use super::parse::{DeviceError, DeviceParts};
use crate::{
    error::{Error, Status},
    text::Text,
};
use std::{fmt, str::FromStr};

/// Which device an op is wanted on: job, replica, task, type and number of the device, each of which may be left open.
///
/// The TensorFlow symbol is `tf.DeviceSpec`.
///
/// ```
/// # use tf_core as tf;
/// use tf::DeviceSpec;
/// let ps: DeviceSpec = "/job:ps/task:1".parse()?;
/// let gpu = DeviceSpec::new().device_type("GPU").index(0);
/// assert_eq!(ps.merge(&gpu).to_string(), "/job:ps/task:1/device:GPU:0");
/// assert_eq!("/gpu:*".parse::<DeviceSpec>()?.to_string(), "/device:GPU:*");
/// # Ok::<(), tf::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct DeviceSpec {
    job: Option<String>,
    replica: Option<u32>,
    task: Option<u32>,
    device_type: Option<String>,
    index: Option<u32>,
}

impl DeviceSpec {
    /// Nothing said.
    pub fn new() -> Self {
        Self::default()
    }

    /// With the name of a job; `*` is any.
    pub fn job(mut self, job: impl Into<String>) -> Self {
        self.job = Some(job.into());
        self
    }

    /// With the number of a replica.
    pub fn replica(mut self, replica: u32) -> Self {
        self.replica = Some(replica);
        self
    }

    /// With the number of a task in its job.
    pub fn task(mut self, task: u32) -> Self {
        self.task = Some(task);
        self
    }

    /// With a type of device, such as `CPU` or `GPU`.
    pub fn device_type(mut self, device_type: impl Into<String>) -> Self {
        let device_type = device_type.into();
        let capitals = matches!(device_type.as_str(), "cpu" | "gpu");
        self.device_type = Some(if capitals { device_type.to_uppercase() } else { device_type });
        self
    }

    /// With the number of the device among those of its type.
    pub fn index(mut self, index: u32) -> Self {
        self.index = Some(index);
        self
    }

    /// The parts, borrowed.
    pub fn parts(&self) -> DeviceParts<'_> {
        DeviceParts {
            job: self.job.as_deref(),
            replica: self.replica,
            task: self.task,
            device_type: self.device_type.as_deref(),
            index: self.index,
        }
    }

    /// The same job, replica and task, with the device among them left open.
    pub(crate) fn any_device(self) -> Self {
        DeviceSpec { device_type: None, index: None, ..self }
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.parts() == DeviceParts::default()
    }

    /// Each part as `inner` has it, and where that has none, as `self` has it. TensorFlow: `make_merged_spec`.
    pub fn merge(&self, inner: &DeviceSpec) -> DeviceSpec {
        DeviceSpec {
            job: inner.job.clone().or_else(|| self.job.clone()),
            replica: inner.replica.or(self.replica),
            task: inner.task.or(self.task),
            device_type: inner.device_type.clone().or_else(|| self.device_type.clone()),
            index: inner.index.or(self.index),
        }
    }

    /// Whether a device with all of its parts is one that this asks for: what is left open and `*` fit anything.
    pub fn admits(&self, device: &DeviceSpec) -> bool {
        fn fits<T: PartialEq>(wanted: &Option<T>, found: &Option<T>) -> bool {
            wanted.is_none() || wanted == found
        }
        (self.job.as_deref() == Some("*") || fits(&self.job, &device.job))
            && fits(&self.replica, &device.replica)
            && fits(&self.task, &device.task)
            && (self.device_type.as_deref() == Some("*") || fits(&self.device_type, &device.device_type))
            && fits(&self.index, &device.index)
    }

    /// Whether a device can be what both ask for.
    pub(crate) fn agrees_with(&self, other: &DeviceSpec) -> bool {
        fn agree<T: PartialEq>(a: &Option<T>, b: &Option<T>) -> bool {
            a.is_none() || b.is_none() || a == b
        }
        agree(&self.job, &other.job)
            && agree(&self.replica, &other.replica)
            && agree(&self.task, &other.task)
            && agree(&self.device_type, &other.device_type)
            && agree(&self.index, &other.index)
    }
}

impl From<DeviceParts<'_>> for DeviceSpec {
    fn from(parts: DeviceParts<'_>) -> Self {
        DeviceSpec {
            job: parts.job.map(str::to_owned),
            replica: parts.replica,
            task: parts.task,
            device_type: parts.device_type.map(str::to_owned),
            index: parts.index,
        }
    }
}

/// As TensorFlow prints it: `/job:ps/replica:0/task:1/device:GPU:0`; the number of a device that is open is `*`, other parts that are
/// open are left out.
impl fmt::Display for DeviceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        let mut part = |name: &str, value: Option<&dyn fmt::Display>| {
            if let Some(value) = value {
                text.push_str(&format!("/{name}:{value}"));
            }
        };
        part("job", self.job.as_ref().map(|job| job as _));
        part("replica", self.replica.as_ref().map(|replica| replica as _));
        part("task", self.task.as_ref().map(|task| task as _));
        part("device", self.device_type.as_ref().map(|device_type| device_type as _));
        if self.device_type.is_some() {
            text.push(':');
            text.push_str(&self.index.map_or_else(|| "*".to_owned(), |index| index.to_string()));
        }
        f.pad(&text)
    }
}

impl FromStr for DeviceSpec {
    type Err = Error;

    /// Reads a device string: `/job:ps/task:1/device:GPU:0`, `/gpu:1`, `cpu`, `""`.
    ///
    /// # Errors
    /// E-DEVICE, with carets under what is wrong.
    fn from_str(text: &str) -> Result<Self, Error> {
        DeviceParts::parse(text).map(Into::into).map_err(|error| {
            let mut words = Text::new();
            error.text(&mut words, text);
            Error::new(Status::InvalidArgument, DeviceError::CODE, words.as_str())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(text: &str) -> DeviceSpec {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_printed_reads_back_as_the_same() {
        for text in ["", "/job:a", "/job:a/replica:0/task:12/device:GPU:*", "/task:3", "/device:CPU:0"] {
            assert_eq!(spec(text).to_string(), text);
        }
        assert_eq!(spec("gpu").to_string(), "/device:GPU:*");
        assert_eq!(DeviceSpec::new().device_type("gpu").to_string(), "/device:GPU:*");
        assert_eq!("/gpu:x".parse::<DeviceSpec>().unwrap_err().code(), "E-DEVICE");
        assert_eq!(format!("{:>12}|", spec("/task:3")), "     /task:3|");
    }

    #[test]
    fn what_is_open_admits_anything() {
        let device = spec("/job:localhost/replica:0/task:0/device:CPU:1");
        for wanted in ["", "/cpu:1", "/cpu:*", "/job:*", "/job:localhost/cpu", "/device:*:1"] {
            assert!(spec(wanted).admits(&device), "{wanted}");
        }
        for wanted in ["/cpu:0", "/gpu:1", "/job:ps", "/task:1", "/replica:1"] {
            assert!(!spec(wanted).admits(&device), "{wanted}");
        }
    }

    #[test]
    fn requests_agree_where_no_part_differs() {
        assert!(spec("/job:a").agrees_with(&spec("/gpu:0")) && spec("/gpu").agrees_with(&spec("/gpu:0")));
        assert!(!spec("/gpu:1").agrees_with(&spec("/gpu:0")) && !spec("/job:a/gpu:0").agrees_with(&spec("/job:b")));
    }
}
