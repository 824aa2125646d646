//! What an op's gradient sees: the op's inputs and outputs, the slopes behind it, and who wants a slope of it.

use super::{
    slope::{Slope, Sparse},
    term::Term,
};

/// One op on the way back.
pub(crate) struct Backward<'w> {
    pub(super) inputs: &'w [Term],
    pub(super) outputs: &'w [Term],
    /// The slope of each output; none where nothing depends on it.
    pub(super) slopes: Vec<Option<Slope>>,
    /// Whether what is differentiated for lies before each input.
    pub(super) wanted: Vec<bool>,
    /// What each input gets.
    pub(super) given: Vec<Option<Slope>>,
    pub(super) refused: bool,
}

impl Backward<'_> {
    /// Input `index`.
    pub(crate) fn input(&self, index: usize) -> Term {
        self.inputs[index]
    }

    /// All inputs.
    pub(crate) fn inputs(&self) -> &[Term] {
        self.inputs
    }

    /// Output `index`.
    pub(crate) fn output(&self, index: usize) -> Term {
        self.outputs[index]
    }

    /// The slope of the only output.
    pub(crate) fn slope(&mut self) -> Term {
        self.slope_of(0).expect("an op is visited only if an output has a slope")
    }

    /// The slope of output `index`, if anything depends on it.
    pub(crate) fn slope_of(&mut self, index: usize) -> Option<Term> {
        let dense = self.slopes[index]?.dense();
        self.slopes[index] = Some(Slope::Dense(dense));
        Some(dense)
    }

    /// Slices and a vector of their indices, if those are all there is of the only output's slope.
    pub(crate) fn slices(&self) -> Option<(Term, Term)> {
        match self.slopes[0]? {
            Slope::Sparse(sparse) => sparse.flat().map(|sparse| (sparse.values, sparse.indices)),
            Slope::Dense(_) => None,
        }
    }

    /// Whether somebody wants a slope of input `index`.
    pub(crate) fn wants(&self, index: usize) -> bool {
        self.wanted[index]
    }

    /// The slopes of all outputs, zeros where nothing depends on one.
    pub(crate) fn slopes(&mut self) -> Vec<Term> {
        (0..self.outputs.len()).map(|i| self.slope_of(i).unwrap_or_else(|| self.outputs[i].zeros_like())).collect()
    }

    /// Gives input `index` a slope, which is computed only if somebody wants it.
    pub(crate) fn give(&mut self, index: usize, slope: impl FnOnce() -> Term) {
        if self.wanted[index] {
            self.given[index] = Some(Slope::Dense(slope()));
        }
    }

    /// Gives input `index` slices of a slope along its first axis.
    pub(crate) fn give_slices(&mut self, index: usize, values: Term, indices: Term) {
        if self.wanted[index] {
            self.given[index] = Some(Slope::Sparse(Sparse { values, indices, of: self.inputs[index] }));
        }
    }

    /// Hands the slope of the only output on, as it is.
    pub(crate) fn pass_on(&mut self, index: usize) {
        if self.wanted[index] {
            self.given[index] = self.slopes[0];
        }
    }

    /// There is no gradient for this op.
    pub(crate) fn refuse(&mut self) {
        self.refused = true;
    }
}
