//! Placements against TensorFlow: the device strings and programs of tests/parity/devices.json (V1 to V31).

use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use tf_core::*;

fn fixture() -> Json {
    serde_json::from_str(include_str!("../../tests/parity/devices.json")).unwrap()
}

fn list(json: &Json) -> &[Json] {
    json.as_array().expect("a list")
}

fn text(json: &Json) -> &str {
    json.as_str().expect("a text")
}

fn number(json: &Json) -> u32 {
    json.as_u64().expect("a number") as u32
}

/// Runs the statements of a program and records what TensorFlow's events record.
struct Runner<'g> {
    graph: &'g Graph,
    tensors: BTreeMap<String, Tensor<f32>>,
    variables: BTreeMap<String, Variable<f32>>,
    setters: BTreeMap<String, ReplicaDeviceSetter>,
    /// The names of the fixture by those of the graph.
    called: BTreeMap<String, String>,
    events: Vec<Json>,
}

impl Runner<'_> {
    fn run(&mut self, body: &Json) {
        for statement in list(body) {
            self.statement(statement, &statement["body"]);
        }
    }

    fn statement(&mut self, it: &Json, body: &Json) {
        match text(&it["do"]) {
            "device" => device(it["device"].as_str(), || self.run(body)),
            "function" => {
                let returns = text(&it["returns"]).to_owned();
                device(move |_: &DeviceOp<'_>| returns.clone(), || self.run(body));
            }
            "setter" => device(setter(&it["arguments"]), || self.run(body)),
            "make_setter" => {
                self.setters.insert(text(&it["as"]).to_owned(), setter(&it["arguments"]));
            }
            "use_setter" => {
                let setter = self.setters[text(&it["setter"])].clone();
                device(setter, || self.run(body));
            }
            "colocate" => {
                let target = self.target(text(&it["with"]));
                if it["only"] == json!(true) {
                    colocate_only_with(target, || self.run(body));
                } else {
                    colocate_with(target, || self.run(body));
                }
            }
            "uncolocated" => without_colocation(|| self.run(body)),
            "variable" => {
                let shape: Vec<usize> = list(&it["shape"]).iter().map(|size| number(size) as usize).collect();
                let mut options = VariableOptions::new().initializer(zeros_initializer());
                if it["local"] == json!(true) {
                    options = options.collections([collection::LOCAL_VARIABLES]);
                }
                let name = text(&it["name"]);
                let made = get_variable::<f32, _, _>(name, shape.as_slice(), options);
                self.made_variable(name, made);
            }
            "started" => {
                let from = self.tensors[text(&it["from"])];
                let name = text(&it["name"]);
                let made = get_variable::<f32, _, _>(name, NoShape, VariableOptions::new().initializer(from));
                self.made_variable(name, made);
            }
            "op" => {
                let made = constant([1.0f32]);
                self.tensors.insert(text(&it["name"]).to_owned(), made);
                self.told("op", it, made);
            }
            "use" => {
                let made = identity(self.variables[text(&it["variable"])]);
                self.told("use", it, made);
            }
            "read" => {
                let read = self.variables[text(&it["variable"])].read_value();
                self.events.push(json!({"read": it["name"], "device": read.device()}));
            }
            "update" => {
                let variable = self.variables[text(&it["variable"])];
                let made = variable.assign_add(constant([1.0f32, 1.0]));
                self.told("update", it, made);
            }
            other => panic!("the fixture has a statement `{other}`"),
        }
    }

    fn target(&self, name: &str) -> Operation {
        let variable = self.variables.get(name).map(|&variable| variable.into());
        variable.unwrap_or_else(|| self.tensors[name].op())
    }

    fn made_variable(&mut self, name: &str, made: Variable<f32>) {
        self.variables.insert(name.to_owned(), made);
        self.called.insert(name.to_owned(), name.to_owned());
        self.events.push(json!({
            "variable": name,
            "device": made.device(),
            "assign": made.initializer().device(),
            "initial": made.initial_value().device(),
            "beside": self.beside(made.initial_value().op()),
        }));
    }

    fn told(&mut self, kind: &str, it: &Json, made: Tensor<f32>) {
        let name = self.graph.name_of(made).expect("the op is of this graph");
        self.called.insert(name, text(&it["name"]).to_owned());
        let beside = self.beside(made.op());
        self.events.push(json!({kind: it["name"], "device": made.device(), "beside": beside}));
    }

    /// The ops that one is placed beside, by the names of the fixture.
    fn beside(&self, op: Operation) -> Vec<String> {
        let mut names: Vec<String> =
            self.graph.colocated_with(op).iter().map(|name| self.called[name].clone()).collect();
        names.sort();
        names
    }
}

fn setter(arguments: &Json) -> ReplicaDeviceSetter {
    let mut setter = replica_device_setter();
    for (key, value) in arguments.as_object().expect("arguments by name") {
        setter = match key.as_str() {
            "ps_tasks" => setter.ps_tasks(number(value)),
            "ps_device" => setter.ps_device(text(value)),
            "worker_device" => setter.worker_device(text(value)),
            "merge_devices" => setter.merge_devices(value.as_bool().expect("true or false")),
            "cluster" => setter.cluster(&cluster(value)),
            "ps_ops" => setter.ps_ops(list(value).iter().map(text)),
            "greedy" => {
                setter.ps_strategy(GreedyLoadBalancingStrategy::new(number(&arguments["ps_tasks"]), byte_size_load_fn))
            }
            other => panic!("the fixture has an argument `{other}`"),
        };
    }
    setter
}

fn cluster(jobs: &Json) -> ClusterSpec {
    jobs.as_object().expect("jobs by name").iter().fold(ClusterSpec::new(), |cluster, (job, tasks)| match tasks {
        Json::Array(addresses) => cluster.job(job, addresses.iter().map(text)),
        sparse => {
            let tasks = sparse.as_object().expect("addresses by number").iter();
            cluster.sparse_job(job, tasks.map(|(task, address)| (task.parse().expect("a number"), text(address))))
        }
    })
}

#[test]
fn v1_to_v31_ops_are_placed_as_in_tensorflow() {
    let fixture = fixture();
    let programs = list(&fixture["programs"]);
    assert!(programs.len() >= 12);
    for program in programs {
        let graph = Graph::new();
        let events = graph
            .build(|| {
                let mut runner = Runner {
                    graph: &graph,
                    tensors: BTreeMap::new(),
                    variables: BTreeMap::new(),
                    setters: BTreeMap::new(),
                    called: BTreeMap::new(),
                    events: Vec::new(),
                };
                runner.run(&program["program"]);
                runner.events
            })
            .unwrap_or_else(|error| panic!("{}: {error}", program["id"]));
        assert_eq!(events, list(&program["events"]), "{}: {}", program["id"], program["what"]);
    }
}

#[test]
fn v6_device_strings_are_read_and_printed_as_in_tensorflow() {
    for string in list(&fixture()["strings"]) {
        let found = text(&string["text"]).parse::<DeviceSpec>();
        match string["printed"].as_str() {
            Some(printed) => assert_eq!(found.unwrap().to_string(), printed, "{string}"),
            None => assert_eq!(found.unwrap_err().code(), "E-DEVICE", "{string}"),
        }
    }
}

#[test]
fn v20_the_types_of_ops_on_parameter_servers_are_the_standard_ones() {
    assert!(STANDARD_PS_OPS.contains(&"VarHandleOp") && !STANDARD_PS_OPS.contains(&"Const"));
}

#[test]
fn v30_a_strategy_may_be_a_function_and_clones_of_a_setter_take_turns_together() {
    let graph = Graph::new();
    let setter = replica_device_setter().ps_tasks(8).ps_strategy(|op: &DeviceOp<'_>| op.name().len() as u32);
    let in_turn = replica_device_setter().ps_tasks(2);
    let again = in_turn.clone();
    graph
        .build(|| {
            let variable = |name: &str| get_variable::<f32, _, _>(name, [1], VariableOptions::new()).device();
            assert_eq!(device(setter, || variable("four")), "/job:ps/task:4");
            assert_eq!(device(&in_turn, || variable("a")), "/job:ps/task:0");
            assert_eq!(device(again, || variable("b")), "/job:ps/task:1");
            assert_eq!(device(&in_turn, || variable("c")), "/job:ps/task:0");
        })
        .unwrap();
}

#[test]
fn v31_an_op_whose_bytes_are_not_known_is_a_mistake_at_its_line() {
    let graph = Graph::new();
    let by_bytes = || GreedyLoadBalancingStrategy::new(2, byte_size_load_fn);
    let on_ps = || replica_device_setter().ps_tasks(2).ps_ops(["Placeholder", "Split"]).ps_strategy(by_bytes());
    let error = graph.build(|| device(on_ps(), || placeholder::<f32, _>("x", [ANY]))).unwrap_err();
    assert_eq!((error.code(), error.node()), ("E-LOAD", Some("x")));
    let error = graph.build(|| device(on_ps(), || split::<f32, 2>(constant([1.0, 2.0]), 0))).unwrap_err();
    assert!(error.code() == "E-LOAD" && error.to_string().contains("it has 2 outputs"), "{error}");
    let none = replica_device_setter().ps_tasks(2).ps_strategy(RoundRobinStrategy::new(0));
    let error =
        graph.build(|| device(none, || get_variable::<f32, _, _>("v", [1], VariableOptions::new()))).unwrap_err();
    assert_eq!(error.code(), "E-CLUSTER-TASK");
}

#[test]
fn a_cluster_lists_its_jobs_tasks_and_addresses() {
    let cluster = ClusterSpec::new().job("ps", ["ps0:1", "ps1:1"]).sparse_job("worker", [(0, "w0:1"), (2, "w2:1")]);
    assert_eq!((cluster.jobs(), cluster.is_empty()), (vec!["ps", "worker"], false));
    assert_eq!((cluster.num_tasks("ps").unwrap(), cluster.num_tasks("worker").unwrap()), (2, 2));
    assert_eq!(cluster.task_indices("worker").unwrap(), [0, 2]);
    assert_eq!(cluster.job_tasks("worker").unwrap(), [Some("w0:1"), None, Some("w2:1")]);
    assert_eq!(cluster.task_address("ps", 1).unwrap(), "ps1:1");
    let error = cluster.task_address("worker", 1).unwrap_err();
    assert_eq!((error.code(), error.status()), ("E-CLUSTER-TASK", Status::NotFound));
    assert!(error.to_string().contains("the tasks 0, 2"), "{error}");
    let error = cluster.num_tasks("p").unwrap_err();
    assert!(error.code() == "E-CLUSTER-JOB" && error.to_string().contains("did you mean `ps`?"), "{error}");
    assert_eq!(cluster.clone().job("ps", ["other:1"]).job_tasks("ps").unwrap(), [Some("other:1")]);
    assert!(ClusterSpec::new().is_empty() && ClusterSpec::new().job("a", [""; 0]).job_tasks("a").unwrap().is_empty());
}
