"""What updates leave in variables. Each case runs twice, on a resource variable and on a reference variable, which must agree."""

import numpy as np
import tensorflow as tf

from .encoding import tensor
from .op_values import config

v1 = tf.compat.v1
NAN = float("nan")
KINDS = {"f16": np.float16, "f32": np.float32, "f64": np.float64, "i32": np.int32, "i64": np.int64}
SCATTERS = ["update", "add", "sub", "mul", "div", "min", "max"]
RUNS = 2


class Cases:
    """Collects cases, each computed in graphs of its own."""

    def __init__(self):
        self.entries = []

    def add(self, op, case, variable, inputs, function, **attrs):
        runs = [self.runs(variable, inputs, function, resource) for resource in (True, False)]
        for by_resource, by_reference in zip(*runs):
            np.testing.assert_array_equal(by_resource, by_reference, f"{op}/{case}")
        self.entries.append(
            {
                "op": op,
                "case": case,
                "variable": tensor(variable),
                "inputs": [tensor(array) for array in inputs],
                "attrs": attrs,
                "runs": [tensor(value) for value in runs[0]],
            }
        )

    @staticmethod
    def runs(variable, inputs, function, resource):
        with tf.Graph().as_default(), v1.Session(config=config()) as session:
            target = v1.get_variable("target", initializer=variable, use_resource=resource)
            placeholders = [v1.placeholder(array.dtype, array.shape) for array in inputs]
            update = function(target, *placeholders).op
            session.run(target.initializer)
            values = []
            for _ in range(RUNS):
                session.run(update, dict(zip(placeholders, inputs)))
                values.append(session.run(target.read_value()))
        return values


def cases():
    """Every case of state.json."""
    collected = Cases()
    for section in (scatters, scatters_nd, slices):
        section(collected)
    return {"updates": collected.entries, "count_up_to": [counted(*limits) for limits in ((0, 3), (5, 7), (3, 3), (9, 4))]}


def scatters(collected):
    for name in SCATTERS:
        function = getattr(v1, f"scatter_{name}")
        for dtype, kind in KINDS.items():
            target = np.array([[3, -7, 5], [8, 2, -9], [1, 6, 4], [-5, 7, 2]], kind)
            rows = np.array([[2, -3, 1], [4, 2, 5], [-1, 3, 2]], kind)
            collected.add(f"scatter_{name}", f"rows-{dtype}", target, [np.int32([3, 0, 2]), rows], function)
            collected.add(f"scatter_{name}", f"twice-{dtype}", target, [np.int64([1, 1, 3]), rows], function)
        vector = np.float32([1.5, -2.5, 4.0])
        collected.add(f"scatter_{name}", "one-index", vector, [np.int32(1), np.float32(2.0)], function)
        collected.add(f"scatter_{name}", "one-number", np.float32([[1, 2], [3, 4]]), [np.int32([1, 1]), np.float32(0.5)], function)
        grid = [np.int32([[0, 2], [2, 1]]), np.float32([[1.0, 2.0], [-4.0, 0.25]])]
        collected.add(f"scatter_{name}", "matrix-of-indices", vector, grid, function)
        collected.add(f"scatter_{name}", "no-index", vector, [np.int32([]), np.float32([])], function)
    for name in ("min", "max"):
        function = getattr(v1, f"scatter_{name}")
        nans = [np.int32([0, 1, 2]), np.float32([NAN, 1.0, 1.0])]
        collected.add(f"scatter_{name}", "nan", np.float32([2.0, NAN, 0.5]), nans, function)
    beyond = [np.int32([0, 1]), np.int32([2, -2147483648])]
    for name in ("add", "sub", "mul"):
        function = getattr(v1, f"scatter_{name}")
        collected.add(f"scatter_{name}", "wraps", np.int32([2147483647, -2147483647]), beyond, function)
    halves = [np.int32([0, 0]), np.float16([0.001, 0.001])]
    collected.add("scatter_add", "half-rounds", np.float16([1.0, 2.0]), halves, v1.scatter_add)
    flags = [np.int32([1, 0]), np.array([True, False])]
    collected.add("scatter_update", "bool", np.array([True, False, True]), flags, v1.scatter_update)


def scatters_nd(collected):
    cube = np.arange(24).reshape(2, 3, 4)
    for name in ("update", "add", "sub"):
        function = getattr(v1, f"scatter_nd_{name}")
        for dtype in ("f32", "f64", "i32", "i64"):
            kind = KINDS[dtype]
            places = np.int32([[1, 2, 3], [0, 0, 0], [1, 2, 3]])
            values = np.array([10, 20, 30], kind)
            collected.add(f"scatter_nd_{name}", f"elements-{dtype}", cube.astype(kind), [places, values], function)
        target = cube.astype(np.float32)
        rows = np.float32([[1, 2, 3, 4], [5, 6, 7, 8]])
        collected.add(f"scatter_nd_{name}", "rows", target, [np.int64([[1, 0], [0, 2]]), rows], function)
        collected.add(f"scatter_nd_{name}", "matrices", target, [np.int32([[1]]), np.ones((1, 3, 4), np.float32)], function)
        nested = [np.int32([[[0, 1], [1, 1]]]), np.arange(8, dtype=np.float32).reshape(1, 2, 4)]
        collected.add(f"scatter_nd_{name}", "nested", target, nested, function)


def slices(collected):
    matrix = np.arange(12, dtype=np.float32).reshape(3, 4)

    def strided(case, begin, end, strides, value, target=matrix):
        """Python's slice of these numbers, where None is left open."""
        parts = tuple(slice(*part) for part in zip(begin, end, strides))
        attrs = {"begin": begin, "end": end, "strides": strides}
        collected.add("slice_assign", case, target, [value], lambda v, x: v[parts].assign(x), **attrs)

    strided("rows", [1], [3], [1], np.float32([[100, 101, 102, 103], [104, 105, 106, 107]]))
    strided("block", [0, 1], [2, 3], [1, 1], np.float32([[20, 21], [22, 23]]))
    strided("every-second", [None, 1], [None, None], [2, 2], np.float32([[1.5, 2.5], [3.5, 4.5]]))
    strided("backwards", [None, -1], [None, None], [-1, -2], np.float32([[1, 2], [3, 4], [5, 6]]))
    strided("from-the-end", [-2], [None], [1], np.float32([[50, 51, 52, 53], [54, 55, 56, 57]]))
    strided("nothing", [2], [1], [1], np.zeros((0, 4), np.float32))
    strided("one-number", [1], [None], [1], np.float32(7.0))
    strided("one-row", [None], [None], [2], np.float32([[1, 2, 3, 4]]))
    strided("row-of-lower-rank", [None], [None], [2], np.float32([1, 2, 3, 4]))
    strided("integers", [1], [4], [2], np.int64([7, 8]), target=np.int64([1, 2, 3, 4, 5]))
    strided("bool", [None], [None], [-2], np.array([True, True]), target=np.array([False, False, False]))


def counted(start, limit):
    """What count_up_to hands out until it refuses, and what the variable holds then."""
    with tf.Graph().as_default(), v1.Session(config=config()) as session:
        variable = v1.get_variable("counter", initializer=np.int64(start), use_resource=True)
        following = variable.count_up_to(limit)
        session.run(variable.initializer)
        handed_out = []
        try:
            while True:
                handed_out.append(int(session.run(following)))
        except tf.errors.OutOfRangeError:
            return {"start": start, "limit": limit, "handed_out": handed_out, "then": int(session.run(variable))}
