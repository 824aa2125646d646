"""The programs of devices.json: device strings, scopes, functions, colocation, parameter servers, by row."""

import tensorflow as tf

v1 = tf.compat.v1

CLUSTER = {"ps": ["ps0:2222", "ps1:2222"], "worker": ["worker0:2222", "worker1:2222", "worker2:2222"]}


def document():
    return {"strings": [string(text) for text in STRINGS], "programs": [answered(*case) for case in programs()]}


# Device strings.

STRINGS = [
    "", "/job:ps", "/job:ps/replica:1/task:2/device:GPU:3", "task:2/job:ps/gpu:3", "/gpu:1", "gpu", "/GPU:1", "/Gpu:*", "/cpu:0", "//cpu:0/",
    "/device:GPU:*", "/device:cpu:0", "/device:tpu:1", "/device:XLA_CPU:0", "/tpu:0", "/custom:2", "/gpu:01", "/job:a/job:b", "/task:1/task:2",
    "/job:*", "/foo:1", "/cpu:0/gpu:0", "/device:CPU:0/cpu:0", "/replica:x", "/gpu:one", "/task", "/device:GPU", "/gpu:1:2", "/job:a:b",
]


def string(text):
    try:
        return {"text": text, "printed": v1.DeviceSpec.from_string(text).to_string()}
    except ValueError:
        return {"text": text, "error": True}


# Statements.


def device(spec, *body):
    return {"do": "device", "device": spec, "body": list(body)}


def function(returns, *body):
    """A device function that returns this for every op."""
    return {"do": "function", "returns": returns, "body": list(body)}


def setter(*body, **arguments):
    return {"do": "setter", "arguments": arguments, "body": list(body)}


def make_setter(as_, **arguments):
    return {"do": "make_setter", "as": as_, "arguments": arguments}


def use_setter(name, *body):
    return {"do": "use_setter", "setter": name, "body": list(body)}


def colocate(name, *body, only=False):
    return {"do": "colocate", "with": name, "only": only, "body": list(body)}


def uncolocated(*body):
    return {"do": "uncolocated", "body": list(body)}


def var(name, *shape, local=False):
    return {"do": "variable", "name": name, "shape": list(shape), "local": local}


def started(name, op):
    """A variable whose initial value is an op."""
    return {"do": "started", "name": name, "from": op}


def op(name):
    return {"do": "op", "name": name}


def use(name, variable):
    """An op that reads a variable."""
    return {"do": "use", "name": name, "variable": variable}


def read(name, variable):
    """`read_value()`, as the op of this name."""
    return {"do": "read", "name": name, "variable": variable}


def update(name, variable):
    return {"do": "update", "name": name, "variable": variable}


def programs():
    yield "V1", "scopes merge part by part", [device("/job:a/task:0/gpu:0", device("/job:b", op("c")), device("/gpu", op("d")))]
    yield "V1-deep", "three scopes", [device("/job:a", device("/replica:1/cpu:0", device("/task:3/cpu:1", op("c"), var("v")), op("d")))]
    yield "V2", "nothing clears", [device("/gpu:0", device(None, op("c"), device("/job:x", op("d")), var("v")), op("e"))]
    yield "V3", "an empty text", [device("/gpu:0", device("", op("c")))]
    yield "V4", "functions replace", [
        function("/job:f", device("/gpu:0", op("a")), device(None, op("b")), op("c"), var("v")), device("/gpu:0", function("/job:f", op("d"))),
        function("/job:f", function("/task:2", op("e"))),
    ]
    yield "V7", "the guide's variable", [device("/gpu:1", var("v", 1)), op("c"), device("/cpu:0", op("x"), started("w", "x")), started("u", "x")]
    yield "V10", "updates and reads from another scope", [
        device("/job:ps/task:0", var("v", 2)), device("/job:worker", update("up", "v"), read("r", "v"), use("y", "v")),
    ]
    yield "V12", "colocation", [
        device("/job:ps/task:0", op("a")), op("b"), device("/gpu:0", colocate("a", op("c"), colocate("b", op("d")))), colocate("c", op("e")),
        colocate("a", colocate("b", op("f"), only=True), uncolocated(op("g"))), device("/job:ps/task:1", var("v", 2)), colocate("v", op("h")),
    ]
    yield "V13", "a device inside of colocation", [
        device("/job:ps/task:0", op("a")), colocate("a", device("/gpu:3", op("c"))), op("b"), colocate("b", device("/gpu:3", op("d"))),
    ]
    both = [var("v", 20, 20), var("w", 20), use("y", "v"), op("c")]
    yield "V25", "the guide's parameter servers", [setter(*both, cluster=CLUSTER)]
    yield "V22", "turns go by creation, over local variables and scopes", [
        make_setter("s", ps_tasks=3),
        use_setter("s", var("a", 1), var("b", 1, local=True), device("/job:moon", var("c", 1)), var("d", 1)), use_setter("s", var("e", 1), op("x")),
    ]
    yield "V23", "a task that is given takes a turn", [setter(var("a", 1), device("/job:ps/task:1", var("b", 1)), var("c", 1), ps_tasks=2)]
    yield "V24", "no parameter servers", [
        device("/job:around", setter(*both), setter(var("a", 1), cluster={"worker": ["w0:1"]}), setter(var("b", 1), cluster={"ps": [], "worker": ["w0:1"]})),
    ]
    yield "V27", "scopes inside and around", [
        device("/job:worker/task:3/gpu:0", setter(var("a", 1), op("x"), ps_tasks=2)),
        setter(
            device("/cpu:0", var("b", 1), op("y")), device("/job:worker/task:2", var("c", 1)), device("/gpu:1", var("d", 1), op("z")),
            device(None, var("e", 1), op("t")), ps_tasks=2,
        ),
    ]
    yield "V28", "without merging", [setter(device("/gpu:0", var("a", 1), op("x")), var("b", 1), op("y"), ps_tasks=2, merge_devices=False)]
    yield "V29", "a ps device without a job", [setter(var("a", 1), device("/job:moon", var("b", 1)), op("x"), ps_tasks=2, ps_device="/cpu:0")]
    yield "V20", "other names and no workers", [
        setter(*both, ps_tasks=2, ps_device="/job:sun", worker_device="/job:moon/gpu:0"), setter(var("a", 1), op("x"), ps_tasks=2, worker_device=""),
        setter(var("b", 1), op("z"), ps_tasks=2, ps_device=""),
    ]
    yield "V20-ops", "types of ops that are named", [setter(var("a", 1), op("x"), op("z"), ps_tasks=2, ps_ops=["Const"])]
    yield "V31", "by load", [
        setter(*[var(f"v{i}", size) for i, size in enumerate([100, 1, 1, 1, 200, 1])], ps_tasks=2, greedy=True),
    ]
    yield "V31-many", "by load, on four", [
        setter(*[var(f"v{i}", *shape) for i, shape in enumerate([(3, 3), (9,), (1,), (2, 5), (), (4, 4), (2,), (7,)])], ps_tasks=4, greedy=True),
    ]
    yield "V24-sparse", "some tasks of a job", [setter(var("a", 1), var("b", 1), var("c", 1), cluster={"ps": {"0": "ps0:1", "5": "ps5:1"}, "worker": ["w0:1"]})]


# Running them.


class Greedy:
    """The strategy of `tf.contrib.training`, which version 2 does not have: the least loaded task, of several the first."""

    def __init__(self, tasks):
        self.loads = [0] * tasks

    def __call__(self, made):
        task = self.loads.index(min(self.loads))
        # A resource's handle does not know the bytes of its variable, so they are those of the reference variable.
        output = made.outputs[0]
        self.loads[task] += output.dtype.size * (output.shape.num_elements() or 0)
        return task


def answered(identifier, what, program):
    events = run(program, resource=False)
    if not any(statement.get("arguments", {}).get("greedy") for statement in program):
        # Updates and reads of resource variables get their place only when they run.
        placed = [event for event in events if "update" not in event and "use" not in event]
        resources = [event for event in run(program, resource=True) if "update" not in event and "use" not in event]
        assert placed == resources, (identifier, placed, resources)
    return {"id": identifier, "what": what, "program": program, "events": events}


def run(program, resource):
    with tf.Graph().as_default() as graph:
        runner = Runner(graph, resource)
        runner.run(program)
        return runner.events


class Runner:
    def __init__(self, graph, resource):
        self.graph, self.resource = graph, resource
        self.events, self.made, self.setters = [], {}, {}

    def run(self, body):
        for statement in body:
            getattr(self, statement["do"])(statement)

    def within(self, context, statement):
        with context:
            self.run(statement["body"])

    def device(self, statement):
        self.within(v1.device(statement["device"]), statement)

    def function(self, statement):
        self.within(self.graph.device(lambda made: statement["returns"]), statement)

    def chooser(self, arguments):
        arguments = dict(arguments)
        if arguments.pop("greedy", False):
            arguments["ps_strategy"] = Greedy(arguments["ps_tasks"])
            arguments["ps_ops"] = ["VariableV2", "VarHandleOp"]
        if "cluster" in arguments:
            # JSON has only texts for keys.
            sparse = lambda tasks: {int(task): address for task, address in tasks.items()} if isinstance(tasks, dict) else tasks
            arguments["cluster"] = {job: sparse(tasks) for job, tasks in arguments["cluster"].items()}
        return v1.train.replica_device_setter(**arguments)

    def setter(self, statement):
        self.within(v1.device(self.chooser(statement["arguments"])), statement)

    def make_setter(self, statement):
        self.setters[statement["as"]] = self.chooser(statement["arguments"])

    def use_setter(self, statement):
        self.within(v1.device(self.setters[statement["setter"]]), statement)

    def target(self, name):
        made = self.made[name]
        return made if isinstance(made, tf.Tensor) else (made.handle if self.resource else made).op

    def colocate(self, statement):
        self.within(self.graph.colocate_with(self.target(statement["with"]), ignore_existing=statement["only"]), statement)

    def uncolocated(self, statement):
        self.within(self.graph.colocate_with(None, ignore_existing=True), statement)

    def variable(self, statement):
        collections = [v1.GraphKeys.LOCAL_VARIABLES] if statement["local"] else None
        self.made_variable(v1.get_variable(
            statement["name"], statement["shape"], initializer=v1.zeros_initializer(), collections=collections, use_resource=self.resource,
        ), statement["name"])

    def started(self, statement):
        variable = v1.get_variable(statement["name"], initializer=self.made[statement["from"]], use_resource=self.resource)
        self.made_variable(variable, statement["name"])

    def made_variable(self, variable, name):
        self.made[name] = variable
        handle = (variable.handle if self.resource else variable).op
        initial = variable.initial_value.op
        groups = sorted(group.decode().removeprefix("loc:@") for group in initial.colocation_groups())
        self.events.append({
            "variable": name, "device": handle.device, "assign": variable.initializer.device, "initial": initial.device, "beside": groups,
        })

    def told(self, kind, name, made):
        made = getattr(made, "op", made)
        groups = sorted(group.decode().removeprefix("loc:@") for group in made.colocation_groups())
        self.events.append({kind: name, "device": made.device, "beside": groups})

    def op(self, statement):
        self.made[statement["name"]] = made = tf.constant([1.0], name=statement["name"])
        self.told("op", statement["name"], made)

    def use(self, statement):
        before = len(self.graph.get_operations())
        tf.identity(self.made[statement["variable"]], name=statement["name"])
        self.told("use", statement["name"], self.graph.get_operations()[before:][-1])

    def read(self, statement):
        read = self.made[statement["variable"]].read_value()
        self.events.append({"read": statement["name"], "device": read.device})

    def update(self, statement):
        variable = self.made[statement["variable"]]
        updated = v1.assign_add(variable, tf.ones(variable.shape), name=statement["name"])
        self.told("update", statement["name"], updated)

