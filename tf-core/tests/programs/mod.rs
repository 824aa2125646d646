//! Runs the programs of tests/parity on a graph, and tells what happened in the terms of their fixtures (see the README there).
//!
//! TensorFlow ends a program, or the nearest `catch`, at its first error; a graph here goes on and returns all mistakes at the
//! end of the build. So each statement that can fail is a build of its own inside the program's: if it fails, it leaves nothing.

use serde_json::{Value, json};
use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};
use tf_core::{
    ANY, AUTO_REUSE, Element, Graph, NoShape, Reuse, ScopeOptions, Tensor, Variable, VariableOptions, VariableScope,
    constant, constant_array, get_variable, get_variable_scope,
    graph::{
        naming::enter_name_scope,
        scopes::{ScopeGuard, enter},
    },
    names::Name,
    placeholder, zeros_initializer,
};

/// A program with what TensorFlow made of it.
pub struct Program {
    pub id: String,
    statements: Vec<Value>,
    pub events: Vec<Value>,
}

/// The programs of a list in a fixture.
pub fn programs(list: &Value) -> Vec<Program> {
    let array = |value: &Value| value.as_array().expect("programs and events are lists").clone();
    array(list)
        .iter()
        .map(|program| Program {
            id: text(&program["id"]).expect("every program has an id").to_owned(),
            statements: array(&program["program"]),
            events: array(&program["events"]),
        })
        .collect()
}

/// How an error reaches its `catch`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Raising {
    /// Functions return it, as Rust's do.
    Returned,
    /// It unwinds the stack, as a panic does.
    Unwinding,
}

impl Program {
    /// The events of the program on a graph of its own.
    pub fn run(&self, raising: Raising) -> Vec<Value> {
        let graph = Graph::new();
        let mut interpreter = Interpreter { graph: &graph, raising, scopes: HashMap::new(), events: Vec::new() };
        graph
            .build(|| {
                if let Err(error) = interpreter.catching(&self.statements) {
                    interpreter.events.push(json!({"error": error}));
                }
            })
            .expect("every mistake was met in a build of its own");
        interpreter.events
    }
}

struct Interpreter<'g> {
    graph: &'g Graph,
    raising: Raising,
    scopes: HashMap<String, VariableScope>,
    events: Vec<Value>,
}

type Outcome<R = ()> = Result<R, String>;

impl Interpreter<'_> {
    fn catching(&mut self, body: &[Value]) -> Outcome {
        match self.raising {
            Raising::Returned => self.run(body),
            Raising::Unwinding => {
                catch_unwind(AssertUnwindSafe(|| self.run(body).unwrap_or_else(|e| resume_unwind(Box::new(e)))))
                    .map_err(|payload| *payload.downcast::<String>().expect("only errors of the program unwind"))
            }
        }
    }

    fn run(&mut self, body: &[Value]) -> Outcome {
        for statement in body {
            let done = self.statement(statement);
            match (done, self.raising) {
                (Err(error), Raising::Unwinding) => resume_unwind(Box::new(error)),
                (Err(error), Raising::Returned) => return Err(error),
                (Ok(()), _) => {}
            }
        }
        Ok(())
    }

    fn statement(&mut self, s: &Value) -> Outcome {
        match text(&s["do"]).expect("a statement says what to do") {
            "variable_scope" => self.variable_scope(s),
            "name_scope" => self.name_scope(s),
            "get_variable" => self.get_variable(s),
            "current_scope" => {
                let scope = get_variable_scope();
                self.capture(s, scope);
                self.inspect(scope);
                Ok(())
            }
            "inspect" => {
                let scope = self.captured(&s["scope"]);
                self.inspect(scope);
                Ok(())
            }
            "reuse_variables" => {
                let scope = if s["scope"].is_null() { get_variable_scope() } else { self.captured(&s["scope"]) };
                scope.reuse_variables();
                Ok(())
            }
            "op" => {
                let name = self.op(text(&s["name"]));
                self.events.push(json!({"op": name}));
                Ok(())
            }
            // What is not shared is named like any op (S3).
            "variable" => {
                let options = VariableOptions::new().initializer(zeros_initializer());
                let made = Variable::<f32>::new(text(&s["name"]).unwrap_or("Variable"), [], options);
                self.events.push(json!({"unshared_variable": made.name()}));
                Ok(())
            }
            "catch" => {
                if let Err(error) = self.catching(body(s)) {
                    self.events.push(json!({"caught": error}));
                }
                Ok(())
            }
            "raise" => Err("raised".to_owned()),
            other => unreachable!("the fixture has a statement `{other}` that its README does not list"),
        }
    }

    fn variable_scope(&mut self, s: &Value) -> Outcome {
        let mut options = ScopeOptions::new().auxiliary_name_scope(s["aux"] != json!(false));
        options = match &s["reuse"] {
            Value::Null => options,
            Value::Bool(reuse) => options.reuse(*reuse),
            Value::String(auto) if auto == "auto" => options.reuse(AUTO_REUSE),
            other => unreachable!("`reuse = {other}` does not compile"),
        };
        if let Some(name) = text(&s["default_name"]) {
            options = options.default_name(Name::of(name));
        }
        let guard: ScopeGuard = match text(&s["object"]) {
            Some(_) => {
                let object = self.captured(&s["object"]);
                self.attempt(|| enter(object, options))?
            }
            None => self.attempt(|| enter(text(&s["name"]), options))?,
        };
        self.capture(s, guard.scope());
        self.inspect(guard.scope());
        self.run(body(s))
    }

    fn name_scope(&mut self, s: &Value) -> Outcome {
        let _guard = if s["original_of"].is_null() {
            self.attempt(|| enter_name_scope(text(&s["name"]).unwrap_or("")))?
        } else {
            let scope = self.captured(&s["original_of"]);
            self.attempt(|| enter_name_scope(scope.original_name_scope()))?
        };
        let name_scope = self.current_name_scope();
        self.events.push(json!({"name_scope": name_scope}));
        self.run(body(s))
    }

    fn get_variable(&mut self, s: &Value) -> Outcome {
        let name = text(&s["name"]).expect("a variable has a name");
        let shape: Option<Vec<usize>> =
            s["shape"].as_array().map(|sizes| sizes.iter().map(|d| d.as_u64().map_or(ANY, |d| d as usize)).collect());
        let initial = &s["initializer"];
        let dtype = text(&s["dtype"]).or(text(&initial["dtype"])).unwrap_or("f32");
        match dtype {
            "f32" => self.get::<f32>(name, shape, numbers(initial).map(|n| n.map(|&x| x as f32))),
            "f64" => self.get::<f64>(name, shape, numbers(initial)),
            "i32" => self.get::<i32>(name, shape, numbers(initial).map(|n| n.map(|&x| x as i32))),
            other => unreachable!("the fixtures have no variable of {other}"),
        }
    }

    fn get<T: Element>(
        &mut self,
        name: &str,
        shape: Option<Vec<usize>>,
        initial: Option<ndarray::Array1<T>>,
    ) -> Outcome {
        let initial: Option<Tensor<T>> = initial.map(|values| constant_array(&values));
        let before = self.graph.variables().len();
        let options = VariableOptions::new();
        let variable: Variable<T> = self.attempt(|| match (shape.as_deref(), initial) {
            (Some(shape), Some(tensor)) => get_variable(name, shape, options.initializer(tensor)),
            (Some(shape), None) => get_variable(name, shape, options),
            (None, Some(tensor)) => get_variable(name, NoShape, options.initializer(tensor)),
            (None, None) => get_variable(name, NoShape, options),
        })?;
        self.events.push(json!({
            "variable": variable.name(),
            "created": self.graph.variables().len() > before,
            "op_name": self.graph.name_of(variable),
        }));
        Ok(())
    }

    fn op(&self, name: Option<&str>) -> Option<String> {
        self.graph.name_of(match name {
            Some(name) => placeholder::<f32, _>(name, []),
            None => constant(1.0f32),
        })
    }

    /// Does what can fail, and names its error as the fixtures do; an error that TensorFlow does not have keeps its code.
    fn attempt<R>(&self, f: impl FnOnce() -> R) -> Outcome<R> {
        self.graph.build(f).map_err(|error| {
            let kind = match error.code() {
                "E-EXISTS" => "exists",
                "E-REUSE-MISSING" => "missing",
                "E-SHARE-SHAPE" => "shape",
                "E-SHARE-DTYPE" => "dtype",
                "E-DEFAULT-NAME-REUSE" => "reuse_without_name",
                "E-SCOPE-UNNAMED" => "no_name",
                "E-SHAPE-MISSING" => "no_shape",
                "E-SHAPE-WITH-TENSOR" => "shape_with_constant",
                ours => ours,
            };
            kind.to_owned()
        })
    }

    /// Sees the name that an op would get, in a build that fails and so takes no name.
    fn current_name_scope(&self) -> String {
        let mut name = None;
        let failed = self.graph.build(|| {
            name = self.op(Some("probe"));
            let _: Variable<f32> = get_variable("", [], VariableOptions::new());
        });
        assert_eq!(failed.unwrap_err().code(), "E-NAME-EMPTY");
        let name = name.expect("the op is of this graph");
        name.strip_suffix("probe").expect("no program names an op `probe`").to_owned()
    }

    fn inspect(&mut self, scope: VariableScope) {
        let reuse = match scope.reuse() {
            Reuse::Yes => json!(true),
            Reuse::Auto => json!("auto"),
            Reuse::No | Reuse::Inherit => json!(false),
        };
        let name_scope = self.current_name_scope();
        self.events.push(json!({
            "scope": scope.name(),
            "original_name_scope": scope.original_name_scope().name(),
            "reuse": reuse,
            "name_scope": name_scope,
        }));
    }

    fn capture(&mut self, s: &Value, scope: VariableScope) {
        if let Some(name) = text(&s["as"]) {
            self.scopes.insert(name.to_owned(), scope);
        }
    }

    fn captured(&self, name: &Value) -> VariableScope {
        self.scopes[text(name).expect("a captured scope has a name")]
    }
}

fn text(value: &Value) -> Option<&str> {
    value.as_str()
}

fn body(s: &Value) -> &[Value] {
    s["body"].as_array().map_or(&[], Vec::as_slice)
}

fn numbers(tensor: &Value) -> Option<ndarray::Array1<f64>> {
    Some(tensor["data"].as_array()?.iter().map(|n| n.as_f64().expect("initial values are numbers")).collect())
}
