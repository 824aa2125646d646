//! Where variables are created and shared: the places of the program that a sharing report lists.

use crate::registry::calls::{Call, step};
use core::{fmt, panic::Location};

/// A place of the program that creates or shares a variable, and the way that leads there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallSite {
    /// Where `get_variable` is called.
    pub at: &'static Location<'static>,
    /// The way there, the first step first: the calls of layers, and what functions that are none open of scopes.
    pub within: Vec<&'static Location<'static>>,
    /// How often the variable was asked for here: more than once in a loop.
    pub times: usize,
}

impl CallSite {
    pub(crate) fn new(at: &'static Location<'static>, calls: &[Call], mut call: u32) -> CallSite {
        let mut within = Vec::new();
        while let Some(step) = step(calls, call) {
            within.push(step.at);
            call = step.from;
        }
        within.reverse();
        CallSite { at, within, times: 1 }
    }

    /// Counts the site among those that are listed.
    pub(crate) fn count_in(self, sites: &mut Vec<CallSite>) {
        let known = sites.iter_mut().find(|site| site.at == self.at && site.within == self.within);
        match known {
            Some(known) => known.times += self.times,
            None => sites.push(self),
        }
    }
}

/// `src/filter.rs:5:19, reached from src/filter.rs:12:17`, the last step first.
impl fmt::Display for CallSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.at)?;
        for (i, at) in self.within.iter().rev().enumerate() {
            write!(f, "{}{at}", if i == 0 { ", reached from " } else { ", from " })?;
        }
        if self.times > 1 { write!(f, " ({} times)", self.times) } else { Ok(()) }
    }
}
