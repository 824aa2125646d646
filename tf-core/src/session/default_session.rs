//! The default session of a thread, and what runs in it, or in one that is given: `eval`, `run`, `load`.

use super::{Fetch, Session};
use crate::{
    dtype::Element,
    error::{Error, Result, Status},
    graph::node::Operation,
    store::set,
    tensor::{Tensor, Variable},
    value::IntoValue,
};
use ndarray::ArrayD;
use std::cell::RefCell;

thread_local! {
    static DEFAULTS: RefCell<Vec<Session>> = const { RefCell::new(Vec::new()) };
}

impl Session {
    /// Runs `body` with this session as the thread's default one; blocks inside each other are undone one by one.
    ///
    /// TensorFlow: `with session.as_default():`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{DefaultSession, Graph, Session, VariableOptions, get_variable, global_variables_initializer};
    /// let graph = Graph::new();
    /// let (v, assignment, init) = graph.build(|| {
    ///     let v = get_variable::<i64, _, _>("v", [], VariableOptions::new());
    ///     (v, v.assign_add(1), global_variables_initializer())
    /// })?;
    /// Session::new(&graph)?.as_default(|| {
    ///     init.run(DefaultSession)?;
    ///     assignment.run(DefaultSession)?;
    ///     assert_eq!(v.eval(DefaultSession)?[[]], 1);
    ///     Ok::<(), tf::Error>(())
    /// })?;
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn as_default<R>(&self, body: impl FnOnce() -> R) -> R {
        struct Undo;
        impl Drop for Undo {
            fn drop(&mut self) {
                let session = DEFAULTS.with(|stack| stack.borrow_mut().pop());
                drop(session);
            }
        }
        DEFAULTS.with(|stack| stack.borrow_mut().push(self.clone()));
        let _undo = Undo;
        body()
    }

    /// The thread's default session: that of the innermost [`as_default`](Session::as_default). TensorFlow: `tf.get_default_session`.
    pub fn current() -> Option<Session> {
        DEFAULTS.with(|stack| stack.borrow().last().cloned())
    }
}

/// Stands for the thread's default session, where one can be given: `v.eval(DefaultSession)`.
#[derive(Clone, Copy, Debug)]
pub struct DefaultSession;

/// The session that something runs in: a reference to one, or [`DefaultSession`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no session",
    label = "expected `&session`, or `DefaultSession` inside `session.as_default(|| ..)`"
)]
pub trait InSession {
    /// The session; `None` if there is none.
    fn session(self) -> Option<Session>;
}

impl InSession for &Session {
    fn session(self) -> Option<Session> {
        Some(self.clone())
    }
}

impl InSession for DefaultSession {
    fn session(self) -> Option<Session> {
        Session::current()
    }
}

fn found(session: impl InSession, what: &str) -> Result<Session> {
    session.session().ok_or_else(|| {
        Error::new(
            Status::FailedPrecondition,
            "E-NO-SESSION",
            format!("`{what}` is called with no default session\n  help: call it inside `session.as_default(|| ..)`, or pass the session: `{what}(&session)`"),
        )
    })
}

fn evaluated<F: Fetch>(fetch: F, session: impl InSession) -> Result<F::Output> {
    found(session, "eval")?.run(fetch)
}

fn ran(operation: Operation, session: impl InSession) -> Result<()> {
    found(session, "run")?.run(operation)
}

impl<T: Element> Tensor<T> {
    /// The tensor's value: `session.run(tensor)`. TensorFlow: `tensor.eval(session)`.
    ///
    /// # Errors
    /// E-NO-SESSION, and those of [`Session::run`].
    pub fn eval(&self, session: impl InSession) -> Result<ArrayD<T>> {
        evaluated(*self, session)
    }

    /// Runs the op that computes the tensor, and leaves its value where it is. TensorFlow: `tensor.op.run(session)`.
    ///
    /// # Errors
    /// E-NO-SESSION, and those of [`Session::run`].
    pub fn run(&self, session: impl InSession) -> Result<()> {
        ran(self.op(), session)
    }
}

impl<T: Element> Variable<T> {
    /// The variable's value: `session.run(variable)`. TensorFlow: `variable.eval(session)`.
    ///
    /// # Errors
    /// E-NO-SESSION, and those of [`Session::run`].
    pub fn eval(&self, session: impl InSession) -> Result<ArrayD<T>> {
        evaluated(*self, session)
    }

    /// Gives the variable a value from outside the graph; no op is run, and control dependencies do not count.
    ///
    /// TensorFlow: `variable.load(value, session)`.
    ///
    /// ```
    /// # use tf_core as tf;
    /// use tf::{Graph, Session, VariableOptions, get_variable};
    /// let graph = Graph::new();
    /// let v = graph.build(|| get_variable::<f32, _, _>("v", [2], VariableOptions::new()))?;
    /// let session = Session::new(&graph)?;
    /// v.load(vec![1.0, 2.0], &session)?;
    /// assert_eq!(v.eval(&session)?.as_slice(), Some(&[1.0, 2.0][..]));
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// # Errors
    /// E-NO-SESSION, E-CLOSED, E-GRAPH-MIXED; E-SET-SPEC for a value of another shape.
    pub fn load(&self, value: impl IntoValue<T>, session: impl InSession) -> Result<()> {
        let session = found(session, "load")?;
        let value = value.into_value();
        let (cells, name) = session.0.cells_of_variable(self)?;
        set(&name, &cells, value)
    }
}

impl Operation {
    /// Runs the operation: `session.run(operation)`. TensorFlow: `operation.run(session)`.
    ///
    /// # Errors
    /// E-NO-SESSION, and those of [`Session::run`].
    pub fn run(&self, session: impl InSession) -> Result<()> {
        ran(*self, session)
    }
}
