"""Variables as TensorFlow creates them: initial values, constraints, partitioners and the parts that they make."""

import numpy as np
import tensorflow as tf

from .encoding import tensor
from .op_values import config
from .random_values import KINDS, initialized

v1 = tf.compat.v1
MATRICES = ([2, 3], [4, 4], [5, 2], [3, 3, 2, 4])
SHAPES = ([], [5], [2, 3], [2, 3, 2], [2, 2, 3, 4])
SCALED = ("glorot_uniform", "glorot_normal", "he_normal", "he_uniform", "lecun_normal", "lecun_uniform")


def document():
    """The whole of creating.json."""
    return {
        "initializers": initializers(),
        "constraints": constraints(),
        "partitioners": partitioners(),
        "partitioned": partitioned(),
    }


def initializers():
    """Graphs of variables in the order of their creation, in the form of random.json."""
    graphs = []
    for name in SCALED:
        graphs += each_shape(name, SHAPES)
    for mode in ("fan_in", "fan_out", "fan_avg"):
        for distribution in ("truncated_normal", "untruncated_normal", "uniform"):
            arguments = {"scale": 1.5, "mode": mode, "distribution": distribution}
            graphs += each_shape("variance_scaling", ([2, 2, 3, 4],), f"{mode}_{distribution}", **arguments)
    graphs += each_shape("random_uniform", SHAPES, minval=-0.25, maxval=0.75)
    graphs += each_shape("random_normal", SHAPES, mean=0.5, stddev=0.125)
    graphs += each_shape("truncated_normal", SHAPES, mean=-0.5, stddev=2.0)
    graphs += each_shape("orthogonal", MATRICES)
    graphs += each_shape("orthogonal", MATRICES, "gain", gain=1.5)
    graphs += each_shape("orthogonal", ([12, 30], [30, 12]), "larger")
    graphs += each_shape("convolutional_delta_orthogonal", ([3, 3, 2, 4], [4, 2, 3], [1, 2, 3, 2, 2]), gain=0.5)
    identities = [
        {"name": f"v{index}", "shape": shape, "dtype": dtype, "initializer": "identity", "arguments": arguments}
        for index, (shape, dtype, arguments) in enumerate((
            ([3, 3], "f32", {}), ([2, 4], "f32", {}), ([4, 2], "f64", {"gain": 0.5}), ([1, 1], "f64", {"gain": -2.0}),
        ))
    ]
    graphs.append(initialized("identity", None, identities))
    integers = [
        {"name": f"v{index}", "shape": [6], "dtype": dtype, "initializer": "random_uniform", "arguments": arguments}
        for index, (dtype, arguments) in enumerate((
            ("i32", {"minval": -3, "maxval": 4, "seed": 7}), ("i64", {"minval": 0, "maxval": 2**40, "seed": 7}),
            ("i32", {"minval": 0, "maxval": 100}), ("i64", {"minval": -(2**33), "maxval": 2**33}),
        ))
    ]
    graphs.append(initialized("integers", 42, integers))
    return graphs


def each_shape(name, shapes, label="", **arguments):
    """One initializer: with a graph seed, with an op seed, and with both, in both float types."""
    graphs = []
    for graph_seed, op_seed, dtype in ((42, None, "f32"), (None, 7, "f32"), (1234, 5, "f64"), (7, None, "f64")):
        given = dict(arguments) if op_seed is None else {**arguments, "seed": op_seed}
        plan = [
            {"name": f"v{index}", "shape": shape, "dtype": dtype, "initializer": name, "arguments": given}
            for index, shape in enumerate(shapes)
        ]
        title = "_".join(part for part in (name, label, f"graph{graph_seed}", f"op{op_seed}", dtype) if part)
        graphs.append(initialized(title, graph_seed, plan))
    return graphs


def constraints():
    """What Keras's constraints make of values."""
    value = np.array([[0.5, -2.0, 3.0], [0.0, 1.5, -0.25]], np.float32)
    keras = tf.keras.constraints
    made = []
    with tf.Graph().as_default(), v1.Session(config=config()) as session:
        for name, constraint, arguments in (
            ("non_neg", keras.NonNeg(), {}),
            ("max_norm", keras.MaxNorm(2.0, axis=0), {"max": 2.0, "axis": 0}),
            ("max_norm", keras.MaxNorm(1.0, axis=1), {"max": 1.0, "axis": 1}),
            ("unit_norm", keras.UnitNorm(axis=0), {"axis": 0}),
            ("unit_norm", keras.UnitNorm(axis=-1), {"axis": -1}),
            ("min_max_norm", keras.MinMaxNorm(1.0, 2.0, rate=1.0, axis=0), {"min": 1.0, "max": 2.0, "rate": 1.0, "axis": 0}),
            ("min_max_norm", keras.MinMaxNorm(1.0, 2.0, rate=0.25, axis=1), {"min": 1.0, "max": 2.0, "rate": 0.25, "axis": 1}),
        ):
            variable = v1.get_variable(f"v{len(made)}", initializer=tf.constant(value), use_resource=True)
            session.run(variable.initializer)
            result = session.run(tf.identity(constraint(variable)))
            made.append({"constraint": name, "arguments": arguments, "value": tensor(value), "result": tensor(result)})
    return made


def partitioner(name, arguments):
    return getattr(v1, f"{name}_partitioner")(**arguments)


PARTITIONERS = (
    ("fixed_size", {"num_shards": 3}), ("fixed_size", {"num_shards": 2, "axis": 1}), ("fixed_size", {"num_shards": 1}),
    ("variable_axis_size", {"max_shard_bytes": 64}), ("variable_axis_size", {"max_shard_bytes": 1}),
    ("variable_axis_size", {"max_shard_bytes": 64, "axis": 1}), ("variable_axis_size", {"max_shard_bytes": 32, "max_shards": 3}),
    ("variable_axis_size", {"max_shard_bytes": 2**20}),
    ("min_max_variable", {"max_partitions": 4, "min_slice_size": 32}), ("min_max_variable", {"max_partitions": 100, "min_slice_size": 16}),
    ("min_max_variable", {"max_partitions": 4}), ("min_max_variable", {"max_partitions": 3, "axis": 1, "min_slice_size": 8}),
)


def partitioners():
    """The number of parts along each axis."""
    made = []
    for name, arguments in PARTITIONERS:
        for shape in ([10, 2], [7, 5], [2, 40], [1, 3]):
            for dtype in ("f32", "f64", "i32"):
                parts = partitioner(name, arguments)(shape=tf.TensorShape(shape), dtype=KINDS[dtype])
                made.append({"partitioner": name, "arguments": arguments, "shape": shape, "dtype": dtype, "parts": list(parts)})
    return made


def partitioned():
    """Partitioned variables: the names, shapes and first values of their parts, and the whole."""
    made = []
    for scope, shape, initializer, name, arguments in (
        ("p", [10, 2], None, "fixed_size", {"num_shards": 3}),
        ("p", [10, 2], "random_normal", "fixed_size", {"num_shards": 3}),
        ("q/r", [3, 7], "glorot_normal", "fixed_size", {"num_shards": 2, "axis": 1}),
        ("p", [2, 2], "he_uniform", "fixed_size", {"num_shards": 5}),
        ("p", [4, 3], "identity", "fixed_size", {"num_shards": 2}),
        ("p", [6], "zeros", "variable_axis_size", {"max_shard_bytes": 8}),
    ):
        with tf.Graph().as_default(), v1.Session(config=config()) as session:
            v1.set_random_seed(42)
            from_name = None if initializer is None else made_by(initializer)
            with v1.variable_scope(scope):
                variable = v1.get_variable(
                    "v", shape, initializer=from_name, partitioner=partitioner(name, arguments), use_resource=True
                )
                after = v1.get_variable("after", [2], use_resource=True)
            session.run(v1.global_variables_initializer())
            whole, last = session.run([variable.as_tensor(), after])
            made.append({
                "scope": scope, "shape": shape, "initializer": initializer, "partitioner": name, "arguments": arguments,
                "parts": [{"name": part.op.name, "shape": part.shape.as_list()} for part in variable],
                "whole": tensor(whole), "after": tensor(last),
                "collections": [v.op.name for v in v1.global_variables()],
            })
    return made


def made_by(name):
    found = {"he_uniform": v1.initializers.he_uniform, "identity": v1.initializers.identity}.get(name) or getattr(v1, f"{name}_initializer")
    return found()
