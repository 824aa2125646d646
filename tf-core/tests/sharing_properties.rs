//! Random programs of scopes and variables come to the same in both worlds: in a graph, and in the table of const evaluation.

use proptest::prelude::*;
use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook},
    sync::Once,
};
use tf_core::{
    AUTO_REUSE, DType, Element, Graph, Initializer, NO_REUSE, NoShape, Partitioner, Reuse, ScopeOptions, Spec,
    VariableOptions, VariableScope,
    check::{self, Check, Cx, Table},
    collection,
    evaluate::M,
    fixed_size_partitioner, get_variable_scope,
    graph::scopes::{NoName, enter},
    names::Name,
    no_partitioner, ones_initializer,
    options::ScopeArgument,
    random_normal_initializer, slicing_partitioner, zeros_initializer,
};

#[derive(Clone, Debug)]
enum Statement {
    Scope {
        named: Named,
        reuse: Reuse,
        initializer: Option<u8>,
        dtype: Option<DType>,
        parts: Option<u8>,
        body: Vec<Statement>,
    },
    /// Calls `reuse_variables` on a scope seen before, or on the current one.
    Reuse(Option<usize>),
    Variable(VariableCall),
    /// Leaves so many scopes at once, as `return` and `break` do.
    Leave(usize),
}

#[derive(Clone, Debug)]
enum Named {
    Name(&'static str),
    /// A scope seen before, by its number; the current one if there is none.
    Object(usize),
    Default(&'static str),
    Nothing,
}

#[derive(Clone, Debug)]
struct VariableCall {
    name: &'static str,
    shape: Option<Vec<usize>>,
    integer: bool,
    dtype_given: bool,
    initializer: Option<u8>,
    trainable: Option<bool>,
    collections: Option<u8>,
    parts: Option<u8>,
}

const GLOBAL: [&str; 1] = [collection::GLOBAL_VARIABLES];
const LOCAL: [&str; 1] = [collection::LOCAL_VARIABLES];
const BOTH: [&str; 2] = [collection::LOCAL_VARIABLES, collection::GLOBAL_VARIABLES];
const BOTH_AROUND: [&str; 2] = [collection::GLOBAL_VARIABLES, collection::LOCAL_VARIABLES];

fn initializer(choice: u8) -> Initializer {
    match choice {
        0 => zeros_initializer(),
        1 => ones_initializer(),
        _ => random_normal_initializer(),
    }
}

fn partitioner(choice: u8) -> Partitioner {
    match choice {
        0 => fixed_size_partitioner(2),
        1 => fixed_size_partitioner(1),
        2 => slicing_partitioner([2]),
        3 => no_partitioner(),
        _ => fixed_size_partitioner(2).axis(1),
    }
}

impl VariableCall {
    fn options(&self) -> VariableOptions {
        let mut options = VariableOptions::new();
        if let Some(choice) = self.parts {
            options = options.partitioner(partitioner(choice));
        }
        if let Some(trainable) = self.trainable {
            options = options.trainable(trainable);
        }
        if self.dtype_given {
            options = options.dtype_given();
        }
        match self.collections {
            None => options,
            Some(0) => options.collections(GLOBAL),
            Some(1) => options.collections(LOCAL),
            Some(2) => options.collections(BOTH),
            Some(_) => options.collections(BOTH_AROUND),
        }
    }
}

impl Statement {
    fn options(&self) -> ScopeOptions<'static> {
        let Statement::Scope { named, reuse, initializer: default, dtype, parts, .. } = self else {
            unreachable!("only scopes have options")
        };
        let mut options = ScopeOptions::new().reuse(*reuse);
        if let Some(choice) = default {
            options = options.initializer(initializer(*choice));
        }
        if let Some(dtype) = dtype {
            options = options.dtype(*dtype);
        }
        if let Some(choice) = parts {
            options = options.partitioner(partitioner(*choice));
        }
        if let Named::Default(name) = named {
            options = options.default_name(Name::of(name));
        }
        options
    }
}

/// How many scopes are yet to be left.
type Leaving = usize;

/// The program in a graph: scopes close as their guards are dropped.
fn run_in_graph(body: &[Statement], seen: &mut Vec<VariableScope>) -> Leaving {
    for statement in body {
        match statement {
            Statement::Scope { named, body, .. } => {
                let options = statement.options();
                let guard = match *named {
                    Named::Name(name) => enter(name, options),
                    Named::Object(number) => enter(object(seen, number, get_variable_scope), options),
                    Named::Default(_) | Named::Nothing => enter(NoName, options),
                };
                seen.push(guard.scope());
                let leaving = run_in_graph(body, seen);
                if leaving > 1 {
                    return leaving - 1;
                }
            }
            Statement::Reuse(None) => get_variable_scope().reuse_variables(),
            Statement::Reuse(Some(number)) => object(seen, *number, get_variable_scope).reuse_variables(),
            Statement::Variable(call) if call.integer => variable_in_graph::<i32>(call),
            Statement::Variable(call) => variable_in_graph::<f32>(call),
            Statement::Leave(scopes) => return *scopes,
        }
    }
    0
}

fn variable_in_graph<T: Element>(call: &VariableCall) {
    let options = call.options();
    let _ = match (call.shape.as_deref(), call.initializer) {
        (Some(shape), Some(choice)) => {
            tf_core::get_variable::<T, _, _>(call.name, shape, options.initializer(initializer(choice)))
        }
        (Some(shape), None) => tf_core::get_variable(call.name, shape, options),
        (None, Some(choice)) => tf_core::get_variable(call.name, NoShape, options.initializer(initializer(choice))),
        (None, None) => tf_core::get_variable(call.name, NoShape, options),
    };
}

/// The program in a table: jumps leave the outermost scope that they leave, and with it those inside.
fn run_in_check(body: &[Statement], seen: &mut Vec<VariableScope>, cx: Cx<'_>) -> Leaving {
    for statement in body {
        match statement {
            Statement::Scope { named, body, .. } => {
                let options = statement.options();
                let entered = match *named {
                    Named::Name(name) => check::enter_named(&Name::literal(name), &options, cx),
                    Named::Object(number) => {
                        let object = object(seen, number, || cx.current_scope());
                        check::enter(ScopeArgument::Object(object), options, cx)
                    }
                    Named::Default(_) | Named::Nothing => check::enter(ScopeArgument::none(), options, cx),
                };
                seen.push(check::scope(entered, cx));
                let leaving = run_in_check(body, seen, cx);
                if leaving <= 1 {
                    check::leave(entered, cx);
                }
                if leaving > 1 {
                    return leaving - 1;
                }
            }
            Statement::Reuse(number) => {
                let current = || cx.current_scope();
                let scope = number.map_or_else(current, |number| object(seen, number, current));
                M(scope).reuse_variables(cx);
            }
            Statement::Variable(call) if call.integer => variable_in_check::<i32>(call, cx),
            Statement::Variable(call) => variable_in_check::<f32>(call, cx),
            Statement::Leave(scopes) => return *scopes,
        }
    }
    0
}

fn variable_in_check<T: Element>(call: &VariableCall, cx: Cx<'_>) {
    let (name, options) = (&Name::literal(call.name), call.options());
    let _ = match (call.shape.as_deref(), call.initializer) {
        (Some(shape), Some(choice)) => {
            cx.get_variable::<T, _, _>(name, shape, options.initializer(initializer(choice)))
        }
        (Some(shape), None) => cx.get_variable(name, shape, options),
        (None, Some(choice)) => cx.get_variable(name, NoShape, options.initializer(initializer(choice))),
        (None, None) => cx.get_variable(name, NoShape, options),
    };
}

fn object(seen: &[VariableScope], number: usize, current: impl FnOnce() -> VariableScope) -> VariableScope {
    if seen.is_empty() { current() } else { seen[number % seen.len()] }
}

/// What a program comes to: the mistakes' codes in order, or the variables.
#[derive(PartialEq, Debug)]
enum Outcome {
    Mistakes(Vec<String>),
    Variables(Vec<(String, Spec, bool, usize)>),
}

fn in_graph(program: &[Statement]) -> Outcome {
    let graph = Graph::new();
    match graph.build(|| run_in_graph(program, &mut Vec::new())) {
        Ok(_) => Outcome::Variables(
            graph.variables().into_iter().map(|v| (v.name, v.spec, v.trainable, v.parts.len())).collect(),
        ),
        Err(error) => {
            assert!(graph.variables().is_empty() && graph.is_empty(), "a failed build leaves nothing");
            let all = std::iter::once(&error).chain(error.others());
            Outcome::Mistakes(all.map(|error| error.code().to_owned()).collect())
        }
    }
}

type Room = Table<256, 256, 1024, 8192>;

fn in_check(program: &[Statement]) -> Outcome {
    let mut table = Box::new(Room::new());
    run_in_check(program, &mut Vec::new(), Cx::new(&mut Check::new(&mut *table, 0, 0, &[])));
    let failed = table.failed();
    if failed == 0 {
        // `infos` wants a table that lives on, as a model's const does.
        let table: &'static Room = Box::leak(table);
        let infos = table.infos();
        let variables = infos[..table.len()]
            .iter()
            .map(|info| (info.name.to_string(), info.spec, info.trainable, info.parts().len()));
        return Outcome::Variables(variables.collect());
    }
    Outcome::Mistakes((1..=failed).map(|n| code_of_mistake(program, n, failed)).collect())
}

/// The code of the `n`-th mistake: const evaluation shows it by a panic.
fn code_of_mistake(program: &[Statement], n: u32, total: u32) -> String {
    let panicked = quietly(|| {
        let mut table = Box::new(Room::new());
        run_in_check(program, &mut Vec::new(), Cx::new(&mut Check::new(&mut *table, n, total, &[])));
    });
    let message = panicked.expect("the check panics at the mistake it is asked for");
    let code = message.lines().find_map(|line| line.trim().strip_suffix(" in docs/errors.md"));
    code.unwrap_or_else(|| panic!("no code in {message}")).to_owned()
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// The message that `f` panics with, which is not printed.
fn quietly(f: impl FnOnce()) -> Option<String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |info| {
            if !QUIET.get() {
                usual(info);
            }
        }));
    });
    QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(f));
    QUIET.set(false);
    let payload = result.err()?;
    payload.downcast_ref::<String>().cloned().or_else(|| payload.downcast_ref::<&str>().map(|s| (*s).to_owned()))
}

fn reuse() -> impl Strategy<Value = Reuse> {
    prop_oneof![
        4 => Just(Reuse::Inherit),
        2 => Just(AUTO_REUSE),
        2 => Just(Reuse::Yes),
        1 => Just(NO_REUSE),
    ]
}

fn named() -> impl Strategy<Value = Named> {
    prop_oneof![
        8 => prop::sample::select(vec!["a", "b", "A", "a/b", "d", "d_1", "c", "_u"]).prop_map(Named::Name),
        4 => any::<usize>().prop_map(Named::Object),
        4 => prop::sample::select(vec!["d", "a", "d_1", "x/y"]).prop_map(Named::Default),
        1 => prop::sample::select(vec!["", "a//b", "a b"]).prop_map(Named::Name),
        1 => Just(Named::Nothing),
        1 => Just(Named::Default("a b")),
    ]
}

fn variable_call() -> impl Strategy<Value = VariableCall> {
    let shape = prop_oneof![
        6 => Just(Some(vec![2])),
        1 => Just(Some(vec![3])),
        1 => Just(Some(vec![2, 2])),
        1 => Just(Some(vec![tf_core::ANY])),
        1 => Just(None),
    ];
    let name = prop_oneof![
        20 => prop::sample::select(vec!["v", "v", "w", "x", "b/v", "v/part_0"]),
        1 => prop::sample::select(vec!["V", "a b"]),
    ];
    let rarely = |chance| prop::bool::weighted(chance);
    let options = (
        prop::option::weighted(0.2, any::<bool>()),
        prop::option::weighted(0.2, 0..4u8),
        prop::option::weighted(0.2, 0..5u8),
    );
    (name, shape, rarely(0.15), rarely(0.3), prop::option::weighted(0.2, 0..3u8), options).prop_map(
        |(name, shape, integer, dtype_given, initializer, (trainable, collections, parts))| VariableCall {
            name,
            shape,
            integer,
            dtype_given,
            initializer,
            trainable,
            collections,
            parts,
        },
    )
}

fn statements() -> impl Strategy<Value = Vec<Statement>> {
    let leaf = prop_oneof![
        8 => variable_call().prop_map(Statement::Variable),
        1 => prop::option::of(any::<usize>()).prop_map(Statement::Reuse),
        1 => (1..4usize).prop_map(Statement::Leave),
    ];
    let statement = leaf.prop_recursive(4, 24, 5, |inner| {
        let dtype = prop::option::weighted(0.1, prop::sample::select(vec![DType::F32, DType::I32]));
        let parts = prop::option::weighted(0.15, 0..5u8);
        let body = prop::collection::vec(inner, 0..5);
        (named(), reuse(), prop::option::weighted(0.1, 0..3u8), dtype, parts, body).prop_map(
            |(named, reuse, initializer, dtype, parts, body)| Statement::Scope {
                named,
                reuse,
                initializer,
                dtype,
                parts,
                body,
            },
        )
    });
    prop::collection::vec(statement, 0..6)
}

/// Programs about the counters of default names: few names, entered again and left early.
fn entries() -> impl Strategy<Value = Vec<Statement>> {
    let variable = VariableCall {
        name: "v",
        shape: None,
        integer: false,
        dtype_given: false,
        initializer: None,
        trainable: None,
        collections: None,
        parts: None,
    };
    let leaf = prop_oneof![
        1 => Just(Statement::Variable(variable)),
        1 => (2..4usize).prop_map(Statement::Leave),
    ];
    let statement = leaf.prop_recursive(4, 32, 4, |inner| {
        let named = prop_oneof![
            3 => Just(Named::Default("d")),
            2 => Just(Named::Name("a")),
            1 => Just(Named::Name("d")),
            2 => any::<usize>().prop_map(Named::Object),
        ];
        (named, prop::collection::vec(inner, 0..4)).prop_map(|(named, body)| Statement::Scope {
            named,
            reuse: AUTO_REUSE,
            initializer: None,
            dtype: None,
            parts: None,
            body,
        })
    });
    prop::collection::vec(statement, 2..8)
}

/// Makes mistakes unlikely: legal names, what is asked for follows from the name, and scopes get what exists.
fn calm(mut body: Vec<Statement>) -> Vec<Statement> {
    body.retain_mut(|statement| match statement {
        Statement::Reuse(_) => false,
        Statement::Leave(_) => true,
        Statement::Variable(call) => {
            call.name = if matches!(call.name, "a b" | "V" | "v/part_0") { "y" } else { call.name };
            let last = call.name.rsplit('/').next().unwrap_or(call.name);
            call.integer = last == "x";
            call.shape = Some(if last == "y" { vec![3] } else { vec![2] });
            (call.dtype_given, call.initializer) = (true, None);
            call.trainable = (last == "w").then_some(false);
            call.collections = (last == "v").then_some(1);
            call.parts = (last == "w").then_some(0);
            true
        }
        Statement::Scope { named, reuse, initializer, parts, body, .. } => {
            *parts = None;
            if matches!(named, Named::Nothing | Named::Name("" | "A" | "a//b" | "a b" | "_u") | Named::Default("a b")) {
                *named = Named::Default("d");
            }
            *reuse = if matches!(named, Named::Default(_)) { Reuse::Inherit } else { AUTO_REUSE };
            *initializer = None;
            *body = calm(std::mem::take(body));
            true
        }
    });
    body
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_worlds_make_the_same_of_any_program(program in statements()) {
        prop_assert_eq!(in_graph(&program), in_check(&program));
    }

    #[test]
    fn both_worlds_make_the_same_variables_of_a_program_without_mistakes(program in statements()) {
        same_variables(program)?;
    }

    #[test]
    fn both_worlds_choose_the_same_default_names(program in entries()) {
        same_variables(program)?;
    }
}

fn same_variables(program: Vec<Statement>) -> Result<(), TestCaseError> {
    let body = calm(program);
    let model = Statement::Scope {
        named: Named::Name("model"),
        reuse: AUTO_REUSE,
        initializer: None,
        dtype: None,
        parts: None,
        body,
    };
    let graph = in_graph(std::slice::from_ref(&model));
    prop_assert!(matches!(graph, Outcome::Variables(_)), "{:?}", graph);
    prop_assert_eq!(graph, in_check(&[model]));
    Ok(())
}
