//! The devices of a session: logical CPUs of this machine, each with the values and variables that are placed on it.

use crate::placement::DeviceSpec;

/// The devices of a session by their numbers. They share the machine's memory: a value that crosses is handed on, not copied.
#[derive(Clone, Debug)]
pub(crate) struct Devices(Vec<DeviceSpec>);

impl Devices {
    /// So many logical CPUs: `/job:localhost/replica:0/task:0/device:CPU:0` and on.
    pub(crate) fn cpus(count: u16) -> Devices {
        let cpu = |index| DeviceSpec::new().job("localhost").replica(0).task(0).device_type("CPU").index(index);
        Devices((0..u32::from(count)).map(cpu).collect())
    }

    pub(crate) fn spec(&self, device: u16) -> &DeviceSpec {
        &self.0[device as usize]
    }

    /// The first device that is one of those asked for.
    pub(crate) fn find(&self, wanted: &DeviceSpec) -> Option<u16> {
        self.0.iter().position(|device| wanted.admits(device)).map(|index| index as u16)
    }

    /// The first device where the one asked for is missing; none for another job or task (V9).
    pub(crate) fn instead_of(&self, wanted: &DeviceSpec) -> Option<u16> {
        self.find(&wanted.clone().any_device())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &DeviceSpec> {
        self.0.iter()
    }

    /// All names, for messages.
    pub(crate) fn list(&self) -> String {
        self.0.iter().map(|device| format!("`{device}`")).collect::<Vec<_>>().join(", ")
    }
}
