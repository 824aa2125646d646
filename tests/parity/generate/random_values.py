"""What TensorFlow's seeded random operations and initializers draw, and the seeds each one was given."""

import tensorflow as tf
from tensorflow.python.ops import init_ops  # one initializer is not in the public interface any more

from .encoding import tensor
from .op_values import config

v1 = tf.compat.v1
KINDS = {"f32": tf.float32, "f64": tf.float64, "i32": tf.int32, "i64": tf.int64}
RANDOM_OPS = ("RandomUniform", "RandomUniformInt", "RandomStandardNormal", "TruncatedNormal")


def document():
    """The whole of random.json."""
    return {"get_seed": seed_pairs(), "graphs": graphs(), "initializers": initializers()}


def seed_pairs():
    """`get_seed` for (graph seed, op seed) pairs, each in a new graph and called three times over."""
    pairs = []
    for graph_seed, op_seed in (
        (None, None), (None, 0), (None, 5), (7, None), (7, 5), (0, None), (0, 0), (-1, 3), (3, -1),
        (87654321, 0), (2**31 - 1, 2**31 - 1), (2**31, 2**31), (2**31 + 5, 1), (2**40 + 9, 2**33 + 4),
    ):
        with tf.Graph().as_default():
            if graph_seed is not None:
                v1.set_random_seed(graph_seed)
            answers = [list(v1.get_seed(op_seed)) for _ in range(3)]
        pairs.append({"graph_seed": graph_seed, "op_seed": op_seed, "answers": answers})
    return pairs


def uniform(shape, seed=None, dtype="f32", **limits):
    return {"function": "random_uniform", "shape": shape, "dtype": dtype, "seed": seed, **limits}


def normal(shape, seed=None, dtype="f32", **moments):
    return {"function": "random_normal", "shape": shape, "dtype": dtype, "seed": seed, **moments}


def truncated(shape, seed=None, dtype="f32", **moments):
    return {"function": "truncated_normal", "shape": shape, "dtype": dtype, "seed": seed, **moments}


PLAIN = {"function": "constant"}
LONG = [300]
SHAPES = ([1], [5], [33], [3, 7])


def graphs():
    """Graphs of random operations made in the order listed, and all drawn together, twice, in one session."""
    integers = {"dtype": "i32", "minval": -10, "maxval": 1000}
    plans = [
        ("op_seed_only_uniform", None, [uniform(shape, 5) for shape in SHAPES]),
        ("op_seed_only_normal", None, [normal(shape, 5) for shape in SHAPES]),
        ("op_seed_only_truncated", None, [truncated(shape, 5) for shape in SHAPES]),
        ("op_seed_only_f64", None, [kind(shape, 5, "f64") for kind in (uniform, normal, truncated) for shape in ([1], [5], [3, 7])]),
        ("op_seed_only_integers", None, [uniform(shape, 5, **integers) for shape in SHAPES]),
        ("graph_seed_only", 42, [uniform([5]), normal([5]), truncated([5]), uniform([5]), uniform([3, 7], **integers)]),
        ("graph_seed_only_f64", 42, [uniform([5], None, "f64"), normal([5], None, "f64"), truncated([5], None, "f64")]),
        ("graph_seed_with_other_ops", 42, [PLAIN, uniform([5]), PLAIN, PLAIN, uniform([5]), uniform([5], 9), uniform([5])]),
        ("graph_and_op_seed", 1234, [uniform([5], 1), normal([5], 1), truncated([5], 1), uniform([5], 2), uniform([5], 1)]),
        ("graph_and_op_seed_zero", 0, [uniform([5], 0), normal([5], 0), uniform([5])]),
        ("large_seeds", 2**31 + 5, [uniform([5], 2**33 + 4), uniform([5], -7), normal([5], 2**31 - 1)]),
        ("limits", None, [
            uniform([7], 3, minval=-2.0, maxval=5.0), uniform([7], 3, "f64", minval=-2.0, maxval=5.0),
            normal([7], 3, mean=10.0, stddev=0.5), truncated([7], 3, mean=-1.0, stddev=0.1),
            uniform([7], 3, "i32", minval=0, maxval=2), uniform([7], 3, "i32", minval=-2**31, maxval=2**31 - 1),
            uniform([7], 3, "i64", minval=0, maxval=2**40),
        ]),
        ("long", 99, [uniform(LONG, 1), normal(LONG, 1), truncated(LONG, 1), uniform(LONG, 1, **integers)]),
        ("long_f64", 99, [truncated([70], 1, "f64"), normal([70], 1, "f64")]),
        ("empty_and_scalar", 99, [uniform([0, 3], 1), normal([], 1), truncated([], 1)]),
    ]
    return [drawn(*plan) for plan in plans]


def drawn(name, graph_seed, plan):
    functions = {
        "random_uniform": v1.random_uniform,
        "random_normal": v1.random_normal,
        "truncated_normal": v1.truncated_normal,
    }
    with tf.Graph().as_default() as graph, v1.Session(config=config()) as session:
        if graph_seed is not None:
            v1.set_random_seed(graph_seed)
        entries, outputs = [], []
        for step in plan:
            before = len(graph.get_operations())
            if step["function"] == "constant":
                tf.constant(0.0)
                entries.append({"function": "constant"})
                continue
            arguments = {key: value for key, value in step.items() if key not in ("function", "shape", "dtype", "seed")}
            outputs.append(functions[step["function"]](step["shape"], dtype=KINDS[step["dtype"]], seed=step["seed"], **arguments))
            made = [op for op in graph.get_operations()[before:] if op.type in RANDOM_OPS]
            assert len(made) == 1
            entries.append({**seeded(step), "attrs": attributes(made[0]), "runs": []})
        for _ in range(2):
            values = iter(session.run(outputs))
            for entry in entries:
                if "runs" in entry:
                    entry["runs"].append(tensor(next(values))["data"])
    return {"graph": name, "graph_seed": graph_seed, "ops": entries}


def seeded(step):
    """The step with `seed` called `op_seed`, apart from the attribute the op got."""
    return {("op_seed" if key == "seed" else key): value for key, value in step.items()}


def attributes(op):
    return {"type": op.type, "seed": op.get_attr("seed"), "seed2": op.get_attr("seed2")}


def initializers():
    """Graphs of variables made in the order listed: their initial values, and those of a second initialization."""
    def variable(name, shape, initializer=None, dtype="f32", **arguments):
        return {"name": name, "shape": shape, "dtype": dtype, "initializer": initializer, "arguments": arguments}

    glorot, uniform_, normal_, truncated_ = "glorot_uniform", "random_uniform", "random_normal", "truncated_normal"
    plans = [
        ("guide_conv_weights", 42, [variable("conv1/weights", [5, 5, 1, 32])]),
        ("guide_conv_relu_twice", 42, [
            variable("conv1/weights", [3, 3, 1, 4], normal_), variable("conv1/biases", [4], "constant", value=0.0),
            variable("conv2/weights", [3, 3, 4, 4], normal_), variable("conv2/biases", [4], "constant", value=0.0),
        ]),
        ("default_initializer", 42, [
            variable("my_variable", [1, 2, 3]), variable("vector", [5]), variable("scalar", []),
            variable("matrix", [3, 4]), variable("wide", [3, 4], dtype="f64"), variable("counts", [2], dtype="i32"),
        ]),
        ("each_initializer", 42, [
            variable("a", [2, 3], glorot), variable("b", [2, 3], normal_), variable("c", [2, 3], truncated_),
            variable("d", [2, 3], uniform_), variable("e", [2, 3], uniform_, minval=-0.5, maxval=0.25),
            variable("f", [2, 3], normal_, mean=1.0, stddev=0.1), variable("g", [2, 3], truncated_, mean=2.0, stddev=0.02),
            variable("h", [5], uniform_, "i32", minval=3, maxval=12), variable("i", [2, 3], normal_, "f64"),
        ]),
        ("same_op_seed", 42, [
            variable("a", [5], normal_, seed=7), variable("b", [5], normal_, seed=7), variable("c", [5], normal_),
        ]),
        ("op_seed_only", None, [
            variable("a", [2, 2], glorot, seed=7), variable("b", [5], truncated_, seed=7), variable("c", [5], uniform_, seed=8),
        ]),
        ("scaled", 42, [
            variable("glorot_normal", [3, 4], "glorot_normal"), variable("he_normal", [3, 4], "he_normal"),
            variable("he_uniform", [3, 4], "he_uniform"), variable("lecun_normal", [3, 4], "lecun_normal"),
            variable("lecun_uniform", [3, 4], "lecun_uniform"), variable("unit_scaling", [3, 4], "uniform_unit_scaling", factor=1.5),
            variable("fan_out", [2, 2, 3, 4], "variance_scaling", scale=2.0, mode="fan_out", distribution="untruncated_normal"),
            variable("fan_avg", [3, 4], "variance_scaling", scale=0.5, mode="fan_avg", distribution="uniform"),
        ]),
        ("many_values", 42, [variable("a", [10, 30], truncated_)]),
    ]
    return [initialized(*plan) for plan in plans]


def initializer(name, arguments):
    found = {
        "he_normal": tf.compat.v1.initializers.he_normal, "he_uniform": tf.compat.v1.initializers.he_uniform,
        "lecun_normal": tf.compat.v1.initializers.lecun_normal, "lecun_uniform": tf.compat.v1.initializers.lecun_uniform,
        "convolutional_delta_orthogonal": init_ops.convolutional_delta_orthogonal, "identity": v1.initializers.identity,
    }.get(name) or getattr(v1, f"{name}_initializer")
    return found(**arguments)


def initialized(name, graph_seed, plan):
    with tf.Graph().as_default() as graph, v1.Session(config=config()) as session:
        if graph_seed is not None:
            v1.set_random_seed(graph_seed)
        variables, entries = [], []
        for step in plan:
            before = len(graph.get_operations())
            made_by = None if step["initializer"] is None else initializer(step["initializer"], step["arguments"])
            variables.append(
                v1.get_variable(step["name"], step["shape"], KINDS[step["dtype"]], initializer=made_by, use_resource=True)
            )
            made = [op for op in graph.get_operations()[before:] if op.type in RANDOM_OPS]
            assert len(made) <= 1
            entries.append({**step, "attrs": attributes(made[0]) if made else None, "runs": []})
        for _ in range(2):
            session.run(v1.global_variables_initializer())
            for entry, value in zip(entries, session.run(variables)):
                entry["runs"].append(tensor(value)["data"])
    return {"graph": name, "graph_seed": graph_seed, "variables": entries}
