"""How operations are named: sequences of requested names, and the name each function gives when none is asked."""

import numpy as np
import tensorflow as tf

from .scope_program import events
from .statements import default, enter, get, names, op, original_names, scope, unshared

v1 = tf.compat.v1


def document():
    """The whole of names.json."""
    return {"sequences": [answered(*entry) for entry in sequences()], "default_names": default_names()}


def answered(identifier, program):
    answer = events(program, use_resource=True)
    assert answer == events(program, use_resource=False), identifier
    return {"id": identifier, "program": program, "events": answer}


def sequences():
    yield "one_name", [op("c") for _ in range(4)]
    yield "taken_suffix", [op("c_1"), op("c"), op("c"), op("c"), op("c_1"), op("c_1_1"), op("c_1")]
    yield "taken_suffix_after", [op("c"), op("c"), op("c_1"), op("c_2"), op("c"), op("c")]
    yield "case", [op("Conv"), op("conv"), op("CONV"), op("conv_1"), op("Conv_2"), op("cOnv")]
    yield "name_scopes", [names("x", op("c"), op("c")) for _ in range(3)]
    yield "nested_name_scopes", [names("x", names("x", op("c")), names("x", op("c"))), names("x", names("x", op("c")))]
    yield "reentered", [names("x", op("c"), op("d")), names("x/", op("c")), names("x/", op("e"), names("y", op("c"))), names("x/", names("y", op("c")))]
    yield "reentered_inside", [names("a", names("b", names("a/", op("c"), names("b", op("c"))), op("c")))]
    yield "reentered_never_opened", [names("x/", op("c")), names("x", op("c")), names("x/y/", op("c")), names("x", names("y", op("c")))]
    yield "none_and_empty", [names("x", op("c"), names(None, op("c"), names("x", op("c"))), names("", op("c")), op("c"))]
    yield "slash_in_scope", [names("a/b", op("c")), names("a", op("c"), names("b", op("c"))), names("a/b", op("c"))]
    yield "slash_in_op", [op("a/c"), names("a", op("c")), op("a/c"), names("a", op("c")), op("a_1/c")]
    yield "op_then_scope", [op("x"), names("x", op("c")), op("x"), names("x", op("c"))]
    yield "scope_then_op", [names("x", op("c")), op("x"), names("x", op("x"), names("x", op("c")))]
    yield "scope_case", [names("Foo", op("c")), names("foo", op("c")), names("fOO/", op("c")), names("Foo/", op("c"))]
    yield "suffixed_scope", [names("x_1", op("c")), names("x", op("c")), names("x", op("c")), names("x_1", op("c")), names("x", op("c"))]
    yield "unnamed", [op(None), op(None), op("Const"), op("const"), names("x", op(None), op(None)), op(None)]
    yield "variables", [get("v"), get("V"), op("v"), names("v", op("c")), unshared("v"), unshared("v")]
    yield "variable_after_op", [op("v"), op("v"), get("v"), get("v_1"), unshared("v_2")]
    yield "variable_after_scope", [names("a", op("v")), scope("a", get("v"), op("v")), scope("a", get("w"), unshared("w"), op("w"))]
    yield "scoped_variable_then_names", [scope("a", get("v"), op("c")), names("a", op("v")), names("a/", op("v"), op("c")), op("a")]
    yield "variable_scopes", [scope("a", op("c")), scope("a", op("c")), names("a", op("c")), scope("A", op("c")), op("a")]
    yield "default_scopes", [default("d", op("c")), names("d", op("c")), default("d", op("c")), scope("d_1", op("c")), default("d", op("c"))]
    yield "objects", [scope("a", op("c"), as_="a"), enter("a", op("c")), names("n", enter("a", op("c"))), original_names("a", op("c"), op("d"))]


def image():
    return v1.placeholder(tf.float32, [1, 4, 4, 2], name="given")


def default_names():
    """Each function on unnamed arguments, in a graph of its own, with every op that it makes."""
    def numbers(kind=tf.float32, shape=(2, 3)):
        return v1.placeholder(kind, shape, name="given")

    def on(function, *more, kind=tf.float32, shape=(2, 3), **named):
        return lambda: function(numbers(kind, shape), *more, **named)

    def both(function, kind=tf.float32, shape=(2, 3)):
        return lambda: function(numbers(kind, shape), numbers(kind, shape))

    table = {"x + y": both(lambda x, y: x + y), "x - y": both(lambda x, y: x - y), "x * y": both(lambda x, y: x * y)}
    table |= {"x / y": both(lambda x, y: x / y), "x // y": both(lambda x, y: x // y), "x % y": both(lambda x, y: x % y)}
    table |= {"x ** y": both(lambda x, y: x**y), "-x": on(lambda x: -x), "abs(x)": on(abs), "x @ y": both(lambda x, y: x @ y, shape=(2, 2))}
    table |= {"x < y": both(lambda x, y: x < y), "x + 1.0": on(lambda x: x + 1.0), "1.0 - x": on(lambda x: 1.0 - x)}
    table |= {"x[0]": on(lambda x: x[0]), "x[:, 1:]": on(lambda x: x[:, 1:])}
    for name in (
        "add", "subtract", "multiply", "divide", "truediv", "realdiv", "truncatediv", "floordiv", "math.floormod", "maximum", "minimum", "pow",
        "math.squared_difference", "equal", "not_equal", "less", "less_equal", "greater", "greater_equal",
    ):
        kind = tf.int32 if name == "truncatediv" else tf.float32
        table[f"tf.{name}"] = both(found(name), kind)
    table["tf.div"] = both(v1.div)
    for name in (
        "negative", "abs", "sign", "square", "sqrt", "math.rsqrt", "math.reciprocal", "exp", "math.expm1", "math.log", "math.log1p",
        "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "sigmoid", "nn.softplus", "nn.softsign", "nn.relu",
        "nn.relu6", "nn.leaky_relu", "nn.elu", "nn.selu", "math.erf", "floor", "math.ceil", "round", "math.is_nan", "math.is_inf",
        "math.is_finite", "nn.softmax", "nn.log_softmax", "identity", "stop_gradient", "zeros_like", "ones_like", "transpose",
        "reduce_sum", "reduce_mean", "reduce_prod", "reduce_max", "reduce_min", "shape", "size", "rank",
    ):
        table[f"tf.{name}"] = on(found(name))
    for name in ("logical_and", "logical_or", "math.logical_xor"):
        table[f"tf.{name}"] = both(found(name), tf.bool)
    for name in ("logical_not", "reduce_any", "reduce_all"):
        table[f"tf.{name}"] = on(found(name), kind=tf.bool)
    table |= {
        "tf.cast": on(tf.cast, tf.int32),
        "tf.cast (same dtype)": on(tf.cast, tf.float32),
        "tf.matmul": both(tf.matmul, shape=(2, 2)),
        "tf.matmul (batched)": both(tf.matmul, shape=(3, 2, 2)),
        "tf.nn.conv2d": lambda: tf.nn.conv2d(image(), np.ones([3, 3, 2, 2], np.float32), 1, "SAME"),
        "tf.nn.depthwise_conv2d": lambda: tf.nn.depthwise_conv2d(image(), np.ones([3, 3, 2, 1], np.float32), [1, 1, 1, 1], "SAME"),
        "tf.nn.bias_add": lambda: tf.nn.bias_add(image(), np.ones([2], np.float32)),
        "tf.nn.max_pool": lambda: v1.nn.max_pool(image(), [1, 2, 2, 1], [1, 2, 2, 1], "SAME"),
        "tf.nn.avg_pool": lambda: v1.nn.avg_pool(image(), [1, 2, 2, 1], [1, 2, 2, 1], "SAME"),
        "tf.argmax": on(tf.argmax, 1),
        "tf.argmin": on(tf.argmin, 1),
        "tf.reshape": on(tf.reshape, [-1]),
        "tf.concat": both(lambda x, y: tf.concat([x, y], 0)),
        "tf.split": on(tf.split, 3, 1),
        "tf.split (sizes)": on(tf.split, [1, 2], 1),
        "tf.stack": both(lambda x, y: tf.stack([x, y])),
        "tf.unstack": on(tf.unstack),
        "tf.slice": on(tf.slice, [0, 1], [2, 2]),
        "tf.strided_slice": on(tf.strided_slice, [0, 0], [2, 3], [1, 2]),
        "tf.pad": on(tf.pad, [[1, 1], [0, 0]]),
        "tf.pad (constant_values)": on(tf.pad, [[1, 1], [0, 0]], constant_values=2.0),
        "tf.pad (REFLECT)": on(tf.pad, [[1, 1], [0, 0]], "REFLECT"),
        "tf.tile": on(tf.tile, [2, 1]),
        "tf.gather": on(v1.gather, [0, 1]),
        "tf.one_hot": on(tf.one_hot, 3, kind=tf.int32),
        "tf.where": on(v1.where, kind=tf.bool),
        "tf.where (x, y)": lambda: v1.where(numbers(tf.bool), numbers(), numbers()),
        "tf.where_v2 (x, y)": lambda: v1.where_v2(numbers(tf.bool), numbers(), numbers()),
        "tf.expand_dims": on(v1.expand_dims, 0),
        "tf.squeeze": on(v1.squeeze, shape=(1, 3)),
        "tf.broadcast_to": on(tf.broadcast_to, [4, 2, 3]),
        "tf.fill": lambda: tf.fill([2, 3], 1.0),
        "tf.range": lambda: tf.range(0, 5, 1),
        "tf.zeros": lambda: tf.zeros([2]),
        "tf.ones": lambda: tf.ones([2]),
        "tf.constant": lambda: tf.constant(1.0),
        "tf.placeholder": lambda: v1.placeholder(tf.float32, [2]),
        "tf.no_op": tf.no_op,
        "tf.group": tf.group,
        "tf.add_n": both(lambda x, y: tf.add_n([x, y])),
        "tf.random_uniform": lambda: v1.random_uniform([2]),
        "tf.random_normal": lambda: v1.random_normal([2]),
        "tf.truncated_normal": lambda: v1.truncated_normal([2]),
        "tf.nn.l2_loss": on(tf.nn.l2_loss),
        "tf.nn.dropout": on(v1.nn.dropout, rate=0.5),
        "tf.clip_by_value": on(tf.clip_by_value, 0.0, 1.0),
        "tf.nn.sparse_softmax_cross_entropy_with_logits": lambda: v1.nn.sparse_softmax_cross_entropy_with_logits(
            labels=v1.placeholder(tf.int32, [2], name="given"), logits=numbers()
        ),
        "tf.Variable": lambda: v1.Variable(1.0, use_resource=True),
        "tf.global_variables_initializer": v1.global_variables_initializer,
    }
    return [named(function, make) for function, make in table.items()]


def found(name):
    """`tf.compat.v1.name`, dots and all; the functions of TensorFlow 1."""
    value = v1
    for part in name.split("."):
        value = getattr(value, part)
    return value


def named(function, make):
    with tf.Graph().as_default() as graph:
        answer = make()
        answer = answer[0] if isinstance(answer, (list, tuple)) else answer
        made = getattr(answer, "op", answer)
        others = [op.name for op in graph.get_operations() if op is not made and not op.name.startswith("given")]
    return {"function": function, "default_name": made.name, "op_type": made.type, "other_ops": others}
