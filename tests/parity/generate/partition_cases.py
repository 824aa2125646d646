"""Variables in parts: first values that depend on the part, devices, updates and slots, checkpoints, and what is refused."""

import os
import tempfile

import numpy as np
import tensorflow as tf

from .creating import partitioner
from .encoding import tensor
from .op_values import config

v1 = tf.compat.v1


def document():
    """The whole of partitioned.json."""
    return {
        "first_values": [first_value(*case) for case in FIRST_VALUES],
        "devices": devices(),
        "training": [trained(*case) for case in TRAINING],
        "checkpoint": checkpoint(),
        "names": names(),
        "refused": refused(),
    }


FIRST_VALUES = (
    ("glorot_uniform", {"seed": 7}, [5, 3], {"num_shards": 2}),
    ("truncated_normal", {"mean": 0.5, "stddev": 2.0}, [3, 5], {"num_shards": 3, "axis": 1}),
    ("random_uniform", {"minval": -1.0, "maxval": 3.0}, [7], {"num_shards": 3}),
    ("variance_scaling", {"scale": 2.0, "mode": "fan_out", "distribution": "uniform"}, [2, 2, 3, 4], {"num_shards": 2, "axis": 3}),
    ("variance_scaling", {"scale": 2.0, "mode": "fan_in", "distribution": "truncated_normal"}, [8, 3], {"num_shards": 4}),
    ("orthogonal", {}, [6, 4], {"num_shards": 2}),
    ("identity", {"gain": 2.0}, [3, 5], {"num_shards": 2, "axis": 1}),
    ("ones", {}, [3, 2], {"num_shards": 2}),
)


def first_value(name, arguments, shape, cut):
    made = getattr(v1.initializers, name) if hasattr(v1.initializers, name) else getattr(v1, f"{name}_initializer")
    with tf.Graph().as_default(), v1.Session(config=config()) as session:
        v1.set_random_seed(42)
        whole = v1.get_variable("v", shape, initializer=made(**arguments), partitioner=partitioner("fixed_size", cut), use_resource=True)
        session.run(v1.global_variables_initializer())
        return {
            "initializer": name, "arguments": arguments, "shape": shape, "cut": cut,
            "parts": [tensor(part) for part in session.run(list(whole))],
            "whole": tensor(session.run(whole.as_tensor())),
        }


CLUSTER = {"ps": ["ps0:2222", "ps1:2222", "ps2:2222"], "worker": ["worker0:2222"]}


def devices():
    """Where `replica_device_setter` puts parts, and the variables around them."""
    made = []
    for strategy in ("round_robin", "greedy"):
        chosen = Greedy() if strategy == "greedy" else None
        with tf.Graph().as_default():
            with v1.device(v1.train.replica_device_setter(cluster=CLUSTER, ps_strategy=chosen)):
                v1.get_variable("before", [2], use_resource=True)
                whole = v1.get_variable("v", [10, 2], partitioner=v1.fixed_size_partitioner(4), use_resource=True)
                v1.get_variable("after", [3], use_resource=True)
                total = v1.add(whole.as_tensor(), 1.0, name="sum")
            made.append({
                "strategy": strategy,
                "devices": {v.op.name: v.device for v in v1.global_variables()},
                "sum": total.device,
            })
    return made


class Greedy:
    """The greedy strategy of `tf.contrib.training`, by bytes."""

    def __init__(self):
        self.loads = np.zeros(3)

    def __call__(self, op):
        task = int(np.argmin(self.loads))
        self.loads[task] += tf.TensorShape(op.get_attr("shape")).num_elements() * 4
        return task


TRAINING = (
    ("GradientDescent", {"learning_rate": 0.5}, "sum", None),
    ("Momentum", {"learning_rate": 0.1, "momentum": 0.9}, "lookup", None),
    ("Momentum", {"learning_rate": 0.1, "momentum": 0.9}, "sum", None),
    ("Adagrad", {"learning_rate": 0.1}, "lookup", None),
    ("Adam", {"learning_rate": 0.1}, "sum", None),
    ("GradientDescent", {"learning_rate": 0.1}, "sum", 0.25),
)


def trained(optimizer, arguments, loss_of, regularizer):
    """Three steps on a variable of 5 rows in 3 parts, and what it is saved as."""
    with tf.Graph().as_default(), v1.Session(config=config()) as session:
        start = np.arange(10, dtype=np.float32).reshape(5, 2) / 4

        def initializer(shape, dtype=None, partition_info=None):
            offset = partition_info.var_offset[0]
            return tf.constant(start[offset:offset + shape[0]])

        scale = None if regularizer is None else (lambda w: regularizer * tf.reduce_sum(tf.square(w)))
        with v1.variable_scope("p"):
            v = v1.get_variable(
                "v", [5, 2], initializer=initializer, regularizer=scale, partitioner=v1.fixed_size_partitioner(3), use_resource=True)
        if loss_of == "lookup":
            loss = tf.reduce_sum(tf.square(tf.gather(v.as_tensor(), [0, 3, 3])))
        else:
            loss = tf.reduce_sum(tf.square(v.as_tensor() - 1.0))
        losses = v1.get_collection(v1.GraphKeys.REGULARIZATION_LOSSES)
        names = [part.op.name for part in losses]
        if losses:
            loss = loss + tf.add_n(losses)
        step = getattr(v1.train, f"{optimizer}Optimizer")(**arguments).minimize(loss)
        session.run(v1.global_variables_initializer())
        values, seen = [], []
        for _ in range(3):
            seen.append(session.run(loss))
            session.run(step)
            values.append(tensor(session.run(v.as_tensor())))
        with tempfile.TemporaryDirectory() as folder:
            saved = v1.train.Saver().save(session, os.path.join(folder, "m"))
            keys = {name: shape for name, shape in v1.train.list_variables(saved)}
        return {
            "optimizer": optimizer, "arguments": arguments, "loss_of": loss_of, "regularizer": regularizer,
            "variables": [variable.op.name for variable in v1.global_variables()],
            "regularization": names, "losses": seen, "values": values, "saved": keys,
        }


def checkpoint():
    """What one graph saves, and what others with other parts restore."""
    made = {}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "m")
        with tf.Graph().as_default(), v1.Session(config=config()) as session:
            v1.set_random_seed(1)
            v = v1.get_variable("p/v", [10, 2], partitioner=v1.fixed_size_partitioner(3), use_resource=True)
            w = v1.get_variable("p/w", [2, 6], partitioner=v1.fixed_size_partitioner(4, axis=1), use_resource=True)
            v1.get_variable("p/plain", [3], use_resource=True)
            session.run(v1.global_variables_initializer())
            v1.train.Saver().save(session, path)
            made["whole"] = {"p/v": tensor(session.run(v.as_tensor())), "p/w": tensor(session.run(w.as_tensor()))}
            made["keys"] = {name: shape for name, shape in v1.train.list_variables(path)}
        made["restored"] = []
        for shards in (1, 2, 5, None):
            with tf.Graph().as_default(), v1.Session(config=config()) as session:
                cut = None if shards is None else v1.fixed_size_partitioner(shards)
                v = v1.get_variable("p/v", [10, 2], partitioner=cut, use_resource=True)
                v1.train.Saver().restore(session, path)
                whole = session.run(v if cut is None else v.as_tensor())
                made["restored"].append({"shards": shards, "same": bool((whole.reshape(-1) == made["whole"]["p/v"]["data"]).all())})
    return made


def names():
    """What the ops of a variable in parts are called."""
    with tf.Graph().as_default():
        with v1.variable_scope("s"):
            v = v1.get_variable("v", [4], partitioner=v1.fixed_size_partitioner(2), use_resource=True)
        first, second = v.as_tensor(), v.as_tensor()
        one = v1.get_variable("one", [4], partitioner=v1.fixed_size_partitioner(1), use_resource=True)
        return {
            "name": v.name, "parts": [part.name for part in v], "first": first.op.name, "second": second.op.name,
            "one": one.as_tensor().op.name, "inputs": [i.op.type for i in first.op.inputs],
        }


def refused():
    """What TensorFlow says of partitioners and reuse that do not fit."""
    parted, other = (lambda **_: [2, 1]), (lambda **_: [3, 1])

    def created(name="v", **arguments):
        return v1.get_variable(name, arguments.pop("shape", [4, 4]), use_resource=True, **arguments)

    def shared(first, second, reuse=True):
        with v1.variable_scope("p"):
            created(**first)
        with v1.variable_scope("p", reuse=reuse):
            created(**second)

    cases = {
        "rank": lambda: created(partitioner=lambda **_: [2]),
        "two axes": lambda: created(partitioner=lambda **_: [2, 2]),
        "no parts": lambda: created(partitioner=lambda **_: [0, 1]),
        "more than rows": lambda: created(partitioner=lambda **_: [5, 1]),
        "scalar": lambda: created(shape=(), partitioner=parted),
        "other parts": lambda: shared({"partitioner": parted}, {"partitioner": other}),
        "no partitioner": lambda: shared({"partitioner": parted}, {}),
        "no partitioner, automatic": lambda: shared({"partitioner": parted}, {}, v1.AUTO_REUSE),
        "same, automatic": lambda: shared({"partitioner": parted}, {"partitioner": parted}, v1.AUTO_REUSE),
        "was in one piece": lambda: shared({}, {"partitioner": parted}),
        "other shape": lambda: shared({"partitioner": parted}, {"partitioner": parted, "shape": [5, 4]}),
        "created twice": lambda: shared({"partitioner": parted}, {"partitioner": parted}, None),
        "missing": lambda: shared({}, {"name": "w", "partitioner": parted}),
        "part exists": lambda: (created("v/part_0"), created(partitioner=parted)),
        "scope's": lambda: scoped(created, parted, other),
    }
    found = {}
    for name, case in cases.items():
        with tf.Graph().as_default():
            try:
                case()
                found[name] = None
            except (ValueError, IndexError) as error:
                found[name] = str(error).split("  Originally")[0]
    return found


def scoped(created, parted, other):
    with v1.variable_scope("p", partitioner=parted):
        created()
    with v1.variable_scope("p", partitioner=other, reuse=True):
        created()
