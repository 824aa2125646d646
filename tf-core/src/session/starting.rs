//! Giving variables their initial values.

use super::{Session, cell};
use crate::{
    error::Result,
    graph::{described::VariableDescription, node::Operation},
};

impl Session {
    /// Gives every variable its initial value, each after those that its own is computed from.
    ///
    /// # Errors
    /// E-INITIAL-CYCLE, and what the initializers refuse at run time.
    pub fn initialize(&self) -> Result<()> {
        let initializers: Vec<Operation> = {
            let state = self.graph().state();
            let nodes = state.variables.iter().filter_map(|variable| variable.initializer);
            nodes.map(|node| Operation { graph: state.id, node }).collect()
        };
        self.0.run_once(&initializers)
    }

    /// Gives those variables their initial values that have no value yet, for instance after a checkpoint was restored, whose
    /// initializers are then not run; yields their names.
    ///
    /// # Errors
    /// E-INITIAL-CYCLE, and what the initializers refuse at run time.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, VariableOptions, get_variable};
    /// let graph = Graph::new();
    /// let v = graph.build(|| {
    ///     let _ = get_variable::<i64, _, _>("w", [], VariableOptions::new());
    ///     get_variable::<i64, _, _>("v", [], VariableOptions::new())
    /// })?;
    /// let session = Session::new(&graph)?;
    /// v.load(3, &session)?;
    /// assert_eq!(session.initialize_missing()?, ["w"]);
    /// assert_eq!(session.run(v)?[[]], 3);
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn initialize_missing(&self) -> Result<Vec<String>> {
        let missing = self.uninitialized_variables()?;
        self.initialize_where(|variable| missing.contains(&variable.name))
    }

    /// Gives those variables their initial values that `choose` picks; yields their names.
    ///
    /// # Errors
    /// E-INITIAL-CYCLE, E-UNINITIALIZED where one starts from a variable that is not chosen and has no value, and what the
    /// initializers refuse at run time.
    pub fn initialize_where(&self, mut choose: impl FnMut(&VariableDescription) -> bool) -> Result<Vec<String>> {
        let mut names = Vec::new();
        let mut initializers = Vec::new();
        // `choose` is the user's code, so not while the graph is locked.
        let variables: Vec<_> = {
            let state = self.graph().state();
            let with = state
                .variables
                .iter()
                .enumerate()
                .filter_map(|(index, variable)| Some((variable.initializer?, state.describe(index))));
            with.map(|(node, description)| (Operation { graph: state.id, node }, description)).collect()
        };
        for (initializer, description) in variables {
            if choose(&description) {
                initializers.push(initializer);
                names.push(description.name);
            }
        }
        self.0.run_once(&initializers)?;
        Ok(names)
    }

    /// The names of the variables that have no value, in the order they were created.
    ///
    /// # Errors
    /// E-STORE-SPEC if another graph made a variable of this one's with another type or shape meanwhile.
    pub fn uninitialized_variables(&self) -> Result<Vec<String>> {
        let cells = self.0.find_cells()?;
        let state = self.graph().state();
        let without = |index: usize| cell(&cells, index as u32).is_none_or(|cell| !cell.is_initialized());
        let variables = state.variables.iter().enumerate();
        let missing = variables.filter(|&(index, variable)| !variable.partition.is_some() && without(index));
        Ok(missing.map(|(_, variable)| variable.name.to_string()).collect())
    }
}
