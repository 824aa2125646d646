//! The arguments of a variable that a scope may set for all of its variables, beside initializer and element type (D2, D4, D6, D8).

use crate::{
    constraint::Constraint,
    partitioning::{Kind, Partition, Partitioner},
    regularizer::Regularizer,
    spec::{Spec, SpecError},
    text::str_eq,
};

/// What is said of a variable beyond its first value: by its call, or by the scope it is in.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// What adds a loss for the variable's size.
    pub regularizer: Option<Regularizer>,
    /// What keeps the variable within bounds after each step of training.
    pub constraint: Option<Constraint>,
    /// The device on which reads of the variable are kept; `""` for none, whatever the scope says.
    pub caching_device: Option<&'static str>,
    /// What cuts the variable into parts, if anything is said of that.
    pub(crate) partitioner: Partitioner,
}

/// One of the [`Settings`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Setting {
    /// The regularizer.
    Regularizer,
    /// The constraint.
    Constraint,
    /// The caching device.
    CachingDevice,
    /// The partitioner.
    Partitioner,
}

impl Settings {
    /// Nothing is said.
    pub const NONE: Settings =
        Settings { regularizer: None, constraint: None, caching_device: None, partitioner: Partitioner::UNSAID };

    /// What cuts the variable into parts.
    pub const fn partitioner(&self) -> Option<Partitioner> {
        if self.partitioner.is_said() { Some(self.partitioner) } else { None }
    }

    /// Whether nothing is said, as of most variables and scopes: then const evaluation is spared the rest.
    pub(crate) const fn say_nothing(&self) -> bool {
        matches!(self, Settings { regularizer: None, constraint: None, caching_device: None, .. })
            && matches!(self.partitioner.kind, Kind::Unsaid)
    }

    /// What holds for a variable of which `self` is said, in a scope that says `scope`.
    pub(crate) const fn within(&self, scope: &Settings) -> Settings {
        let regularizer = match self.regularizer {
            None => scope.regularizer,
            said => said,
        };
        let caching_device = match self.caching_device {
            None => scope.caching_device,
            said => said,
        };
        Settings {
            regularizer: match regularizer {
                Some(Regularizer::None) => None,
                said => said,
            },
            constraint: match self.constraint {
                None => scope.constraint,
                said => said,
            },
            caching_device: match caching_device {
                Some(device) if device.is_empty() => None,
                said => said,
            },
            partitioner: if self.partitioner.is_said() { self.partitioner } else { scope.partitioner },
        }
    }

    /// The parts of a variable of this spec; one piece where that cannot be.
    pub(crate) const fn partition(&self, spec: &Spec) -> Partition {
        match self.partitioner.partition(spec) {
            Ok(partition) => partition,
            Err(_) => Partition::NONE,
        }
    }

    /// What a scope inside one that says `self` starts from: a constraint is not handed on (D8).
    pub(crate) const fn handed_on(&self) -> Settings {
        Settings { constraint: None, ..*self }
    }

    /// What is said in `other` is said of `self`, too.
    pub(crate) const fn add(&mut self, other: &Settings) {
        if other.regularizer.is_some() {
            self.regularizer = other.regularizer;
        }
        if other.constraint.is_some() {
            self.constraint = other.constraint;
        }
        if other.caching_device.is_some() {
            self.caching_device = other.caching_device;
        }
        if other.partitioner.is_said() {
            self.partitioner = other.partitioner;
        }
    }

    /// The first thing said here that is not so for a variable which has `found`.
    pub(crate) const fn conflict(&self, found: &Settings) -> Option<Setting> {
        match (&self.regularizer, &found.regularizer) {
            (None, _) | (Some(Regularizer::None), None) => {}
            (Some(asked), Some(found)) if asked.same(found) => {}
            _ => return Some(Setting::Regularizer),
        }
        match (&self.constraint, &found.constraint) {
            (None, _) => {}
            (Some(asked), Some(found)) if asked.same(found) => {}
            _ => return Some(Setting::Constraint),
        }
        match (self.caching_device, found.caching_device) {
            (None, _) => {}
            (Some(asked), None) if asked.is_empty() => {}
            (Some(asked), Some(found)) if str_eq(asked, found) => {}
            _ => return Some(Setting::CachingDevice),
        }
        None
    }

    /// The first of these settings that a variable of this spec cannot have, and why.
    pub(crate) const fn misfit(&self, spec: &Spec) -> Option<(Setting, SpecError)> {
        if let Some(regularizer) = &self.regularizer
            && let Err(error) = regularizer.fits(spec)
        {
            return Some((Setting::Regularizer, error));
        }
        if let Some(constraint) = &self.constraint
            && let Err(error) = constraint.fits(spec)
        {
            return Some((Setting::Constraint, error));
        }
        if let Err(error) = self.partitioner.partition(spec) {
            return Some((Setting::Partitioner, error));
        }
        None
    }
}

impl Setting {
    /// What it is called in messages.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Setting::Regularizer => "regularizer",
            Setting::Constraint => "constraint",
            Setting::CachingDevice => "caching device",
            Setting::Partitioner => "partitioner",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{l2_regularizer, no_regularizer, non_neg_constraint};

    const SAID: Settings = Settings {
        regularizer: Some(Regularizer::L2 { scale: 0.5 }),
        constraint: Some(Constraint::NonNegative),
        caching_device: Some("/cpu:0"),
        partitioner: crate::fixed_size_partitioner(2),
    };

    #[test]
    fn a_call_wins_over_its_scope_and_can_switch_off_d2_d4_d6_d8() {
        let inherited = Settings::NONE.within(&SAID);
        assert!(matches!(inherited.regularizer, Some(Regularizer::L2 { scale: 0.5 })));
        assert_eq!(inherited.caching_device, Some("/cpu:0"));
        let of = Spec::new(crate::DType::F32, crate::Shape::of(&[4]));
        assert_eq!(inherited.partition(&of).parts(), 2);
        let off = Settings {
            regularizer: Some(no_regularizer()),
            constraint: None,
            caching_device: Some(""),
            partitioner: crate::no_partitioner(),
        };
        let off = off.within(&SAID);
        assert!(!off.partition(&of).is_some());
        assert!(off.regularizer.is_none() && off.caching_device.is_none() && off.constraint.is_some());
        assert!(SAID.handed_on().constraint.is_none() && SAID.handed_on().regularizer.is_some());
    }

    #[test]
    fn what_is_left_out_never_conflicts() {
        assert_eq!(Settings::NONE.conflict(&SAID), None);
        assert_eq!(SAID.conflict(&SAID), None);
        assert_eq!(SAID.conflict(&Settings::NONE), Some(Setting::Regularizer));
        let other = Settings { regularizer: Some(l2_regularizer(0.25)), ..SAID };
        assert_eq!(other.conflict(&SAID), Some(Setting::Regularizer));
        let constrained = Settings { constraint: Some(non_neg_constraint()), ..Settings::NONE };
        assert_eq!(constrained.conflict(&Settings::NONE), Some(Setting::Constraint));
        let cached = Settings { caching_device: Some("/gpu:0"), ..Settings::NONE };
        assert_eq!(cached.conflict(&SAID), Some(Setting::CachingDevice));
    }
}
