"""Forward values of operations. Inputs are fed, so that TensorFlow folds nothing before the run."""

import numpy as np
import tensorflow as tf

from .encoding import tensor

v1 = tf.compat.v1
NAN, INF = float("nan"), float("inf")


def f32(data, shape=None):
    array = np.array(data, np.float32)
    return array if shape is None else array.reshape(shape)


def f64(data, shape=None):
    array = np.array(data, np.float64)
    return array if shape is None else array.reshape(shape)


def i32(data, shape=None):
    array = np.array(data, np.int32)
    return array if shape is None else array.reshape(shape)


def boolean(data):
    return np.array(data, np.bool_)


def dyadic(shape, step=7, modulus=11):
    """Small multiples of 1/4: their sums and products are exact in f32, whatever the order of summation."""
    count = int(np.prod(shape))
    return f32([((i * step + 3) % modulus - modulus // 2) / 4 for i in range(count)], shape)


def uneven(shape, start=0.37):
    """Values in (-1, 1) that no f32 holds exactly, so sums round; compare with a tolerance."""
    count = int(np.prod(shape))
    return f32([((start + i * 0.6180339887) % 1.0) * 2 - 1 for i in range(count)], shape)


class Cases:
    """Collects cases, each computed in a graph of its own."""

    def __init__(self):
        self.entries = []

    def add(self, op, case, inputs, function, **attrs):
        with tf.Graph().as_default(), v1.Session(config=config()) as session:
            placeholders = [v1.placeholder(array.dtype, array.shape) for array in inputs]
            outputs = function(*placeholders)
            outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
            values = session.run(outputs, dict(zip(placeholders, inputs)))
        self.entries.append(
            {
                "op": op,
                "case": case,
                "inputs": [tensor(array) for array in inputs],
                "attrs": attrs,
                "outputs": [tensor(value) for value in values],
            }
        )


def config():
    """A session that runs the graph as written, in an order that does not vary."""
    options = v1.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
    options.graph_options.rewrite_options.disable_meta_optimizer = True
    return options


def cases(collected=None):
    """Every case of ops.json, or what `collected` makes of each."""
    collected = collected or Cases()
    for section in (
        binary, unary, activations, comparisons, logic, casts, matmul, convolutions, pools, softmaxes,
        reductions, arg_reductions, reshapes, composed, joins, slices, pads, picks, makers,
    ):
        section(collected)
    return collected.entries


def binary(c):
    functions = {
        "add": tf.add,
        "sub": tf.subtract,
        "mul": tf.multiply,
        "div": tf.realdiv,
        "floordiv": tf.math.floordiv,
        "floormod": tf.math.floormod,
        "maximum": tf.maximum,
        "minimum": tf.minimum,
        "pow": tf.pow,
        "squared_difference": tf.math.squared_difference,
    }
    left, right = f32([-7.5, -3, -0.1, 0, 2.25, 7]), f32([2, -2, 0.3, 1.5, -0.5, 3])
    special_left = f32([NAN, 1, INF, -INF, INF, 0, 5, -5, NAN])
    special_right = f32([1, NAN, INF, INF, -2, 0, 0, 0, NAN])
    for op, function in functions.items():
        c.add(op, "same_shape", [left, right], function)
        c.add(op, "broadcast_rows_columns", [f32([[1.5], [-2], [0.75]]), f32([[2, -3, 0.5, 4]])], function)
        c.add(op, "broadcast_scalar", [dyadic([2, 3]), f32(2)], function)
        c.add(op, "broadcast_rank", [dyadic([3]) + f32(0.5), dyadic([2, 1, 3], 5, 7)], function)
        c.add(op, "empty", [np.zeros([0, 3], np.float32), f32([1, 2, 3])], function)
        if op == "floordiv":
            # Zero divisors only: operands that are infinite or NaN are not part of the fixtures here.
            c.add(op, "zero_divisor", [f32([1, -1, 0]), f32([0, 0, 0])], function)
        elif op != "floormod":
            c.add(op, "nan_inf", [special_left, special_right], function)
        if op not in ("div", "pow"):
            c.add(op, "i32", [i32([-7, 7, -8, 8, 0, 9]), i32([2, -2, 3, -3, 5, 9])], function)
        c.add(op, "f64", [f64([1.1, -2.7, 1e10]), f64([3.3, 0.7, 7])], function)
    c.add("pow", "edges", [f32([0, 0, -2, -2, -8, 4, 1, INF]), f32([0, 2, 3, 0.5, 1 / 3, -0.5, NAN, -1])], tf.pow)
    c.add("pow", "i32", [i32([2, -3, 5, 0]), i32([10, 3, 0, 0])], tf.pow)
    c.add("pow", "zeros", [f32([0, 0, 0, 0, 0, -2, 2, -0.0]), f32([0, 1, 2, 0.5, -1, 3, 0, 2])], tf.pow)
    ties = [f32([1, 2, 2, -0.0, INF, -INF]), f32([1, 2, 3, 0, INF, INF])]
    c.add("maximum", "ties", ties, tf.maximum)
    c.add("minimum", "ties", ties, tf.minimum)
    c.add("maximum", "ties_broadcast", [f32([[1], [2]]), f32([1, 2, 3])], tf.maximum)
    c.add("minimum", "ties_broadcast", [f32([1, 2, 3]), f32(2)], tf.minimum)
    c.add("atan2", "around", [f32([0, 1, 1, 0.5, -2, -1, 0, 0]), f32([1, 1, 0, -3, -0.5, 0, -1, 0])], tf.atan2)
    c.add("atan2", "broadcast", [f32([[1.5], [-2]]), f32([2, -3, 0.5])], tf.atan2)
    c.add("atan2", "f64", [f64([1.1, -2.7]), f64([3.3, 0.7])], tf.atan2)
    c.add("add_n", "three", [dyadic([2, 3]), dyadic([2, 3], 5), dyadic([2, 3], 3)], lambda *x: tf.add_n(x))
    c.add("truncatediv", "i32", [i32([-7, 7, -8, 8]), i32([2, -2, 3, -3])], tf.truncatediv)


def unary(c):
    functions = {
        "neg": tf.negative, "abs": tf.abs, "sign": tf.sign, "square": tf.square, "sqrt": tf.sqrt,
        "rsqrt": tf.math.rsqrt, "reciprocal": tf.math.reciprocal, "exp": tf.exp, "expm1": tf.math.expm1,
        "log": tf.math.log, "log1p": tf.math.log1p, "sin": tf.sin, "cos": tf.cos, "tan": tf.tan,
        "asin": tf.asin, "acos": tf.acos, "atan": tf.atan, "sinh": tf.sinh, "cosh": tf.cosh, "tanh": tf.tanh,
        "sigmoid": tf.sigmoid, "erf": tf.math.erf, "floor": tf.floor, "ceil": tf.math.ceil, "round": tf.round,
        "is_nan": tf.math.is_nan, "is_inf": tf.math.is_inf, "is_finite": tf.math.is_finite,
    }
    values = f32([-3.5, -2.5, -1.5, -1, -0.5, -0.1, 0, 0.1, 0.25, 0.5, 1, 1.5, 2.5, 3.7])
    small = f32([-1e-3, 1e-5, 1e-7, -1e-10])
    unit = f32([-1, -0.75, -0.1, 0, 0.3, 0.99, 1, 1.5])
    for op, function in functions.items():
        c.add(op, "unit" if op in ("asin", "acos") else "values", [unit if op in ("asin", "acos") else values], function)
        c.add(op, "nan_inf", [f32([NAN, INF, -INF, -0.0])], function)
        if op in ("exp", "sinh", "cosh", "tanh", "sigmoid", "erf", "expm1"):
            c.add(op, "large", [f32([-120, -30, -20, -9, 9, 20, 30, 120])], function)
        if op in ("expm1", "log1p", "sin", "tan", "tanh", "sinh", "asin", "atan", "erf", "sigmoid", "exp"):
            c.add(op, "small", [small], function)
        if op in ("log", "sqrt", "rsqrt", "reciprocal", "log1p"):
            c.add(op, "range", [f32([1e-30, 1e-8, 0.001, 0.9999, 3, 12345.678, 1e30])], function)
        if op in ("sin", "cos", "tan"):
            c.add(op, "turns", [f32([-100, -10, 3.1415927, 6.2831855, 10, 100, 1000])], function)
        c.add(op, "f64", [f64([0.1, 0.7, -0.4])], function)
    for op in ("abs", "sign", "sqrt", "rsqrt", "reciprocal", "log", "asin", "acos"):
        c.add(op, "edge", [f32([0, -0.0, 1, -1])], functions[op])
        # The slope behind the third and the twelfth is 0.
        c.add(op, "no_slope", [f32([1 if op in ("asin", "acos") else 0] * 12)], functions[op])
    for op in ("neg", "abs", "sign", "square"):
        c.add(op, "i32", [i32([[-3, 0, 7], [1, -1, 46340]])], functions[op])
    c.add("round", "halves", [f32([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 4.4999995])], tf.round)
    c.add("exp", "scalar", [f32(1)], tf.exp)
    c.add("exp", "empty", [np.zeros([2, 0], np.float32)], tf.exp)


def activations(c):
    values = f32([[-20, -3, -1, -0.25, 0], [0.25, 1, 3, 6.5, 20]])
    functions = {
        "softplus": tf.nn.softplus, "softsign": tf.nn.softsign, "relu": tf.nn.relu, "relu6": tf.nn.relu6,
        "elu": tf.nn.elu, "selu": tf.nn.selu,
    }
    for op, function in functions.items():
        c.add(op, "values", [values], function)
        c.add(op, "nan_inf", [f32([NAN, INF, -INF])], function)
        c.add(op, "f64", [f64([-1.3, 0.7])], function)
        c.add(op, "bends", [f32([0, -0.0, 6])], function)
    c.add("leaky_relu", "bends", [f32([0, -0.0])], tf.nn.leaky_relu, alpha=0.2)
    c.add("leaky_relu", "default_alpha", [values], tf.nn.leaky_relu, alpha=0.2)
    c.add("leaky_relu", "alpha", [values], lambda x: tf.nn.leaky_relu(x, alpha=0.01), alpha=0.01)
    c.add("relu", "i32", [i32([-3, 0, 4])], tf.nn.relu)


def comparisons(c):
    functions = {
        "equal": tf.equal, "not_equal": tf.not_equal, "less": tf.less, "less_equal": tf.less_equal,
        "greater": tf.greater, "greater_equal": tf.greater_equal,
    }
    for op, function in functions.items():
        c.add(op, "nan_inf", [f32([1, 2, NAN, NAN, INF, -INF, 0]), f32([1, 3, NAN, 1, INF, INF, -0.0])], function)
        c.add(op, "broadcast", [i32([[1], [2]]), i32([1, 2, 3])], function)
    c.add("equal", "bool", [boolean([True, False, True]), boolean([True, True, False])], tf.equal)


def logic(c):
    left, right = boolean([[True], [False]]), boolean([True, False])
    c.add("logical_and", "broadcast", [left, right], tf.logical_and)
    c.add("logical_or", "broadcast", [left, right], tf.logical_or)
    c.add("logical_xor", "broadcast", [left, right], tf.math.logical_xor)
    c.add("logical_not", "values", [left], tf.logical_not)


KINDS = {
    "f16": tf.float16, "bf16": tf.bfloat16, "f32": tf.float32, "f64": tf.float64,
    "i32": tf.int32, "i64": tf.int64, "u8": tf.uint8, "bool": tf.bool,
}


def casts(c):
    def cast(case, data, *kinds):
        def function(x):
            for kind in kinds:
                x = tf.cast(x, KINDS[kind])
            return x

        c.add("cast", case, [data], function, to=list(kinds))

    fractions = f32([-2.9, -2.5, -1, -0.5, 0, 0.5, 1.999, 2.5, 1e6, 16777216])
    halves = f32([
        0.1, -1 / 3, 1.0, 2049, 2051, 65504, 65519, 65520, 1e6, 6.1e-5, 5.96e-8, 1e-9, INF, -INF, NAN, 1.00048828125, 1.00146484375,
    ])
    brains = f32([0.1, -1 / 3, 1.0, 3.141592, 255, 257, 1e30, 3.4e38, 1.00390625, 1.01171875, INF, -INF, NAN])
    cast("f32_to_i32", fractions, "i32")
    cast("f32_to_i64", fractions, "i64")
    cast("f32_to_u8", f32([0, 0.9, 1.5, 127, 254.99, 255]), "u8")
    cast("f32_to_bool", f32([0, -0.0, 0.3, -2]), "bool")
    cast("f32_to_f64", f32([0.1, -1e-20, INF, NAN]), "f64")
    cast("f64_to_f32", f64([0.1, 1e-50, 1e300, -1e300, NAN, 16777217]), "f32")
    cast("i32_to_f32", i32([-3, 0, 16777217, 2147483647, -2147483648]), "f32")
    cast("i32_to_bool", i32([-1, 0, 2]), "bool")
    cast("i32_to_u8", i32([0, 255, 7]), "u8")
    cast("i32_to_i64", i32([-5, 7]), "i64")
    cast("bool_to_f32", boolean([True, False]), "f32")
    cast("bool_to_i32", boolean([True, False]), "i32")
    cast("u8_to_f32", np.array([0, 7, 255], np.uint8), "f32")
    cast("i64_to_i32", np.array([-5, 2147483647], np.int64), "i32")
    cast("through_f16", halves, "f16", "f32")
    cast("through_bf16", brains, "bf16", "f32")


def matmul(c):
    def add(case, left, right, a=False, b=False):
        c.add(
            "matmul", case, [left, right],
            lambda x, y: tf.matmul(x, y, transpose_a=a, transpose_b=b), transpose_a=a, transpose_b=b,
        )

    add("2x3_3x4", dyadic([2, 3]), dyadic([3, 4], 5))
    add("transpose_a", dyadic([3, 2]), dyadic([3, 4], 5), a=True)
    add("transpose_b", dyadic([2, 3]), dyadic([4, 3], 5), b=True)
    add("transpose_both", dyadic([3, 2]), dyadic([5, 3], 5), a=True, b=True)
    add("one_by_one", f32([[3]]), f32([[0.5]]))
    add("row_times_column", dyadic([1, 7]), dyadic([7, 1], 5))
    add("inexact_5x17_17x3", uneven([5, 17]), uneven([17, 3], 0.11))
    add("batched", dyadic([2, 2, 3]), dyadic([2, 3, 2], 5))
    add("batched_transpose_b", dyadic([2, 2, 3]), dyadic([2, 4, 3], 5), b=True)
    add("batch_broadcast_rank", dyadic([2, 2, 3]), dyadic([3, 2], 5))
    add("batch_broadcast", dyadic([2, 1, 2, 3]), dyadic([3, 3, 2], 5))
    add("inner_zero", np.zeros([2, 0], np.float32), np.zeros([0, 3], np.float32))
    add("nan_inf", f32([[NAN, 0], [INF, 0], [1, 2]]), f32([[1, 0], [2, 1]]))
    add("f64", f64([[0.1, 0.2], [0.3, -0.4]]), f64([[1.5], [-2.7]]))
    add("i32", i32([[1, 2], [3, 4]]), i32([[5, 6], [7, 8]]))


def convolutions(c):
    def conv(case, image, kernel, strides=(1, 1, 1, 1), padding="SAME", dilations=(1, 1, 1, 1)):
        explicit = padding if isinstance(padding, list) else None
        attrs = {"strides": list(strides), "padding": "EXPLICIT" if explicit else padding, "dilations": list(dilations)}
        if explicit:
            attrs["explicit_paddings"] = explicit
        c.add(
            "conv2d", case, [image, kernel],
            lambda x, w: tf.nn.conv2d(x, w, strides=strides, padding=padding, dilations=dilations), **attrs,
        )

    image, kernel = dyadic([1, 4, 5, 2]), dyadic([3, 3, 2, 3], 5)
    conv("same", image, kernel)
    conv("valid", image, kernel, padding="VALID")
    conv("same_stride2", image, kernel, strides=(1, 2, 2, 1))
    conv("valid_stride2", dyadic([1, 6, 7, 2]), kernel, strides=(1, 2, 2, 1), padding="VALID")
    conv("same_stride_2_3", dyadic([1, 5, 7, 2]), kernel, strides=(1, 2, 3, 1))
    conv("same_stride3_kernel1", dyadic([1, 5, 5, 2]), dyadic([1, 1, 2, 3], 5), strides=(1, 3, 3, 1))
    conv("same_even_kernel", image, dyadic([2, 4, 2, 2], 5))
    conv("same_even_kernel_stride2", dyadic([1, 5, 5, 1]), dyadic([2, 2, 1, 2], 5), strides=(1, 2, 2, 1))
    conv("batch", dyadic([3, 3, 3, 1]), dyadic([2, 2, 1, 2], 5))
    conv("dilated_same", dyadic([1, 6, 6, 1]), dyadic([3, 3, 1, 2], 5), dilations=(1, 2, 2, 1))
    conv("dilated_valid", dyadic([1, 6, 7, 1]), dyadic([3, 2, 1, 2], 5), padding="VALID", dilations=(1, 2, 3, 1))
    conv("explicit", image, kernel, padding=[[0, 0], [1, 0], [2, 1], [0, 0]])
    conv("explicit_stride2", image, kernel, strides=(1, 2, 2, 1), padding=[[0, 0], [0, 2], [1, 1], [0, 0]])
    conv("kernel_larger_than_image_same", dyadic([1, 2, 2, 1]), dyadic([5, 5, 1, 1], 5))
    conv("groups_depthwise", dyadic([1, 4, 5, 8]), dyadic([3, 3, 1, 8], 5))
    conv("groups_2", dyadic([1, 4, 4, 4]), dyadic([3, 3, 2, 6], 5))
    conv("groups_4_multiplier_2_stride2", dyadic([1, 5, 5, 4]), dyadic([3, 3, 1, 8], 5), strides=(1, 2, 2, 1))
    conv("groups_2_valid_batch", dyadic([2, 3, 4, 4]), dyadic([2, 2, 2, 2], 5), padding="VALID")
    conv("inexact", uneven([1, 5, 5, 3]), uneven([3, 3, 3, 2], 0.11))
    conv("f64", image.astype(np.float64) / 3, kernel.astype(np.float64) / 7)
    conv("batch_zero", np.zeros([0, 3, 3, 1], np.float32), dyadic([2, 2, 1, 2]))

    def depthwise(case, image, kernel, strides=(1, 1, 1, 1), padding="SAME", dilations=(1, 1)):
        c.add(
            "depthwise_conv2d", case, [image, kernel],
            lambda x, w: tf.nn.depthwise_conv2d(x, w, strides=strides, padding=padding, dilations=dilations),
            strides=list(strides), padding=padding, dilations=[1, *dilations, 1],
        )

    depthwise("same", dyadic([1, 4, 5, 3]), dyadic([3, 3, 3, 1], 5))
    depthwise("multiplier_2", dyadic([1, 4, 4, 3]), dyadic([3, 3, 3, 2], 5))
    depthwise("valid", dyadic([1, 4, 5, 2]), dyadic([2, 3, 2, 2], 5), padding="VALID")
    depthwise("same_stride2", dyadic([2, 5, 5, 2]), dyadic([3, 3, 2, 1], 5), strides=(1, 2, 2, 1))
    depthwise("dilated_valid", dyadic([1, 6, 6, 2]), dyadic([3, 3, 2, 1], 5), padding="VALID", dilations=(2, 2))

    depthwise("dilated_same_multiplied", dyadic([2, 5, 4, 2]), dyadic([2, 3, 2, 3], 5), dilations=(2, 1))
    depthwise("valid_stride_3", dyadic([1, 7, 8, 3]), dyadic([3, 2, 3, 1], 5), strides=(1, 3, 3, 1), padding="VALID")

    def transposed(case, image, kernel, shape, strides, padding):
        c.add(
            "conv2d_transpose", case, [image, kernel],
            lambda x, w: tf.nn.conv2d_transpose(x, w, shape, strides, padding), strides=[1, *strides, 1], padding=padding,
        )

    transposed("same", dyadic([2, 3, 4, 3]), dyadic([3, 3, 2, 3], 5), [2, 3, 4, 2], [1, 1], "SAME")
    transposed("same_stride_2_3", dyadic([1, 3, 2, 2]), dyadic([3, 2, 3, 2], 5), [1, 6, 6, 3], [2, 3], "SAME")
    transposed("valid_stride_2", dyadic([2, 2, 3, 1]), dyadic([3, 4, 2, 1], 5), [2, 5, 8, 2], [2, 2], "VALID")
    transposed("valid_gaps", dyadic([1, 2, 2, 2]), dyadic([1, 2, 1, 2], 5), [1, 6, 6, 1], [3, 3], "VALID")
    transposed("f64", dyadic([1, 2, 2, 2]).astype(np.float64) / 3, dyadic([2, 2, 1, 2]).astype(np.float64) / 7, [1, 4, 4, 1], [2, 2], "SAME")

    c.add("bias_add", "nhwc", [dyadic([1, 2, 3, 4]), f32([1, -2, 0.5, 10])], tf.nn.bias_add)
    c.add("bias_add", "matrix", [dyadic([3, 2]), f32([1, -2])], tf.nn.bias_add)


def pools(c):
    def pool(op, case, image, size, strides, padding):
        function = {"max_pool": tf.nn.max_pool2d, "avg_pool": tf.nn.avg_pool2d}[op]
        c.add(
            op, case, [image], lambda x: function(x, ksize=size, strides=strides, padding=padding),
            ksize=size, strides=strides, padding=padding,
        )

    for op in ("max_pool", "avg_pool"):
        pool(op, "valid_2x2", dyadic([1, 4, 4, 2]), [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
        pool(op, "valid_odd", dyadic([1, 5, 5, 1]), [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
        pool(op, "same_odd", dyadic([1, 5, 5, 1]), [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
        pool(op, "same_3x3_stride1", dyadic([2, 3, 4, 1]), [1, 3, 3, 1], [1, 1, 1, 1], "SAME")
        pool(op, "same_3x2_stride_2_1", dyadic([1, 4, 3, 2]), [1, 3, 2, 1], [1, 2, 1, 1], "SAME")
        pool(op, "ties", np.ones([1, 4, 5, 2], np.float32), [1, 2, 3, 1], [1, 1, 2, 1], "SAME")
        pool(op, "valid_gaps", dyadic([2, 5, 7, 2]), [1, 2, 1, 1], [1, 3, 2, 1], "VALID")
        pool(op, "negative_border", -1 - abs(dyadic([1, 3, 3, 1])), [1, 2, 2, 1], [1, 2, 2, 1], "SAME")


def softmaxes(c):
    for op, function in (("softmax", tf.nn.softmax), ("log_softmax", tf.nn.log_softmax)):
        def add(case, data, axis=-1, function=function, op=op):
            c.add(op, case, [data], lambda x: function(x, axis=axis), axis=axis)

        add("rows", f32([[1, 2, 3], [-1, 0, 1]]))
        add("vector", f32([0.1, -0.2, 3.3, 0]))
        add("axis0", f32([[1, 2, 3], [-1, 0, 1]]), 0)
        add("middle_axis", dyadic([2, 3, 2]), 1)
        add("large", f32([[1000, 1000, 999], [-1000, 0, 1000]]))
        add("minus_infinity", f32([[0, -INF, 1]]))
        add("single", f32([[5], [-5]]))
        add("f64", f64([[0.1, 0.2, 0.3]]))


def reductions(c):
    functions = {
        "reduce_sum": tf.reduce_sum, "reduce_mean": tf.reduce_mean, "reduce_prod": tf.reduce_prod,
        "reduce_max": tf.reduce_max, "reduce_min": tf.reduce_min,
        "reduce_any": tf.reduce_any, "reduce_all": tf.reduce_all,
    }
    for op, function in functions.items():
        logical = op in ("reduce_any", "reduce_all")

        def add(case, data, axis=None, keepdims=False, op=op, function=function):
            c.add(op, case, [data], lambda x: function(x, axis=axis, keepdims=keepdims), axis=axis, keepdims=keepdims)

        data = dyadic([2, 3, 4]) if op != "reduce_prod" else dyadic([2, 3, 4]) * 2
        data = boolean(dyadic([2, 3, 4]) > (0.5 if op == "reduce_any" else -1)) if logical else data
        add("all", data)
        add("all_keepdims", data, keepdims=True)
        add("axis0", data, [0])
        add("axis_negative", data, [-1])
        add("axis1_keepdims", data, [1], True)
        add("axes_0_2", data, [0, 2])
        add("axes_negative_keepdims", data, [-1, -3], True)
        add("no_axes", data, [])
        add("empty", np.zeros([0, 2], np.bool_ if logical else np.float32), [0])
        if not logical:
            add("scalar", f32(2.5))
            add("nan", f32([[1, NAN, 2], [3, 4, 5]]), [1])
            add("inf", f32([[1, INF], [-INF, INF]]), [1])
            add("i32", i32([[1, -2, 4], [7, 5, -3]]), [1])
            add("inexact", uneven([37]))
            add("ties", f32([[1, 3, 3], [2, 2, 2], [0, -0.0, -1]]), [1])
            add("ties_all", f32([[3, 1], [0, 3]]))
            add("zeros", f32([[0, 2, 3], [0, 0, 4], [1, 2, 5], [0, 0, 0]]), [1])
            add("zeros_keepdims", f32([[0, 2, 3], [1, 0, 4]]), [0], True)
            add("f64", uneven([3, 5]).astype(np.float64), [0])


def arg_reductions(c):
    for op, function in (("argmax", tf.argmax), ("argmin", tf.argmin)):
        def add(case, data, axis, op=op, function=function):
            c.add(op, case, [data], lambda x: function(x, axis=axis), axis=axis)

        data = dyadic([2, 3, 4])
        add("axis0", data, 0)
        add("axis1", data, 1)
        add("axis_negative", data, -1)
        add("ties_take_first", f32([[1, 3, 3], [2, 2, 2], [3, 1, 1]]), 1)
        add("vector", f32([0, -1, 5, 2]), 0)
        add("infinities", f32([-INF, INF, INF]), 0)
        add("i32", i32([[3, 1, 2]]), 1)


def reshapes(c):
    data = dyadic([2, 3, 4])
    for case, shape in {
        "flatten": [-1], "infer_middle": [2, -1, 2], "infer_first": [-1, 6], "full": [4, 3, 2], "ones": [1, 24, 1],
    }.items():
        c.add("reshape", case, [data], lambda x, shape=shape: tf.reshape(x, shape), shape=shape)
    c.add("reshape", "to_scalar", [f32([[7]])], lambda x: tf.reshape(x, []), shape=[])
    c.add("reshape", "empty", [np.zeros([0, 3], np.float32)], lambda x: tf.reshape(x, [3, 0]), shape=[3, 0])
    for case, perm in {"reverse": None, "swap": [0, 2, 1], "rotate": [2, 0, 1]}.items():
        c.add("transpose", case, [data], lambda x, perm=perm: tf.transpose(x, perm), perm=perm)
    c.add("transpose", "matrix", [i32([[1, 2, 3], [4, 5, 6]])], tf.transpose, perm=None)
    for axis in (0, 1, 2, -1, -2):
        c.add("expand_dims", f"axis_{axis}", [dyadic([2, 3])], lambda x, axis=axis: tf.expand_dims(x, axis), axis=axis)
    for case, axis in {"all": None, "first": [0], "negative": [-1], "both": [0, -1]}.items():
        c.add("squeeze", case, [dyadic([1, 3, 1])], lambda x, axis=axis: tf.squeeze(x, axis), axis=axis)
    for case, data, shape in (
        ("row", f32([1, 2, 3]), [2, 3]), ("column", f32([[1], [2]]), [2, 3]), ("scalar", f32(5), [2, 2]),
        ("middle", dyadic([2, 1, 2]), [2, 3, 2]),
    ):
        c.add("broadcast_to", case, [data], lambda x, shape=shape: tf.broadcast_to(x, shape), shape=shape)


    for case, axes in {"first": [0], "all": [0, 1, 2], "last_two": [-1, 1]}.items():
        c.add("reverse", case, [data], lambda x, axes=axes: tf.reverse(x, axes), axis=axes)


def composed(c):
    """What is made of several ops, in TensorFlow as well."""
    rows = f32([[3, -4, 0], [0, 0, 0], [1e-7, 0, 0], [0.5, 0.25, -1]])
    for case, axis in {"rows": 1, "columns": 0, "all": [0, 1]}.items():
        c.add("l2_normalize", case, [rows], lambda x, axis=axis: tf.math.l2_normalize(x, axis), axis=axis if isinstance(axis, list) else [axis])
    c.add("l2_normalize", "f64", [f64([[0.3, -0.7]])], lambda x: tf.math.l2_normalize(x, 1), axis=[1])
    c.add("l2_loss", "values", [rows], tf.nn.l2_loss)
    c.add("l2_loss", "f64", [f64([0.3, -0.7])], tf.nn.l2_loss)
    logits = f32([[1000, 1000, 999], [-1000, -1001, -1000], [0, -INF, 1], [0.5, 0.25, -1]])
    for case, axis in {"rows": 1, "columns": 0, "all": [0, 1]}.items():
        c.add("reduce_logsumexp", case, [logits], lambda x, axis=axis: tf.reduce_logsumexp(x, axis), axis=axis if isinstance(axis, list) else [axis])
    c.add("reduce_logsumexp", "infinite", [f32([[-INF, -INF], [INF, 1], [NAN, 1]])], lambda x: tf.reduce_logsumexp(x, 1), axis=[1])
    c.add("reduce_logsumexp", "f64", [f64([[0.3, -0.7]])], lambda x: tf.reduce_logsumexp(x, 1), axis=[1])
    images = uneven([2, 3, 2, 2])
    for case, axes in {"batch": [0], "images": [0, 1, 2]}.items():
        c.add("moments", case, [images], lambda x, axes=axes: tf.nn.moments(x, axes), axis=axes)


def joins(c):
    a, b = dyadic([2, 3]), dyadic([2, 2], 5)
    c.add("concat", "axis1", [a, b], lambda x, y: tf.concat([x, y], 1), axis=1)
    c.add("concat", "axis_negative", [a, b], lambda x, y: tf.concat([x, y], -1), axis=-1)
    c.add("concat", "axis0_three", [a, a + 1, dyadic([1, 3])], lambda *x: tf.concat(x, 0), axis=0)
    c.add("concat", "with_empty", [a, np.zeros([2, 0], np.float32)], lambda *x: tf.concat(x, 1), axis=1)
    c.add("concat", "middle", [dyadic([2, 1, 2]), dyadic([2, 2, 2], 5)], lambda *x: tf.concat(x, 1), axis=1)
    for axis in (0, 1, -1, -3):
        c.add("stack", f"axis_{axis}", [a, a * 2], lambda *x, axis=axis: tf.stack(x, axis), axis=axis)
    c.add("stack", "scalars", [f32(1), f32(2), f32(3)], lambda *x: tf.stack(x), axis=0)
    for axis in (0, 1, -1):
        c.add("unstack", f"axis_{axis}", [a], lambda x, axis=axis: tf.unstack(x, axis=axis), axis=axis)
    d = dyadic([4, 6])
    for case, sizes, axis in (("even", 3, 1), ("axis0", 2, 0), ("negative", 2, -1), ("sizes", [1, 0, 5], 1), ("infer", [2, -1], 1)):
        c.add(
            "split", case, [d], lambda x, sizes=sizes, axis=axis: tf.split(x, sizes, axis),
            num_or_size_splits=sizes, axis=axis,
        )


def slices(c):
    data = dyadic([3, 4, 2])
    for case, begin, size in (
        ("block", [1, 0, 1], [2, 3, 1]), ("rest", [0, 2, 0], [-1, -1, -1]), ("empty", [0, 4, 0], [3, 0, 2]),
    ):
        c.add("slice", case, [data], lambda x, begin=begin, size=size: tf.slice(x, begin, size), begin=begin, size=size)

    def strided(case, array, begin, end, strides, **masks):
        c.add(
            "strided_slice", case, [array], lambda x: tf.strided_slice(x, begin, end, strides, **masks),
            begin=begin, end=end, strides=strides, **masks,
        )

    vector = f32(range(7))
    matrix = f32(range(12), [3, 4])
    strided("vector", vector, [1], [6], [2])
    strided("negative_indices", vector, [-4], [-1], [1])
    strided("negative_stride", vector, [5], [1], [-2])
    strided("reverse", vector, [0], [0], [-1], begin_mask=1, end_mask=1)
    strided("out_of_range", vector, [-20], [20], [3])
    strided("out_of_range_negative_stride", vector, [20], [-20], [-3])
    strided("empty", vector, [4], [2], [1])
    strided("matrix", matrix, [0, 1], [3, 4], [2, 2])
    strided("matrix_mixed", matrix, [2, -1], [0, -4], [-1, -2])
    strided("fewer_indices", data, [1], [3], [1])
    strided("shrink", matrix, [1, 0], [2, 4], [1, 1], shrink_axis_mask=1)
    strided("shrink_negative", matrix, [-1, -2], [0, 0], [1, 1], shrink_axis_mask=3)
    strided("new_axis", matrix, [0, 0, 0], [0, 3, 2], [1, 1, 1], new_axis_mask=1)
    strided("ellipsis", data, [0, 1], [0, 2], [1, 1], ellipsis_mask=1)
    strided("ellipsis_shrink", data, [0, 0, -1], [1, 0, 0], [1, 1, 1], ellipsis_mask=2, shrink_axis_mask=5)


def pads(c):
    data = f32(range(1, 7), [2, 3])
    for mode, paddings in (
        ("CONSTANT", [[1, 0], [2, 1]]), ("REFLECT", [[1, 1], [2, 1]]), ("SYMMETRIC", [[2, 1], [3, 0]]),
        ("CONSTANT", [[0, 0], [0, 0]]),
    ):
        case = mode.lower() + ("_none" if paddings == [[0, 0], [0, 0]] else "")
        c.add(
            "pad", case, [data], lambda x, p=paddings, m=mode: tf.pad(x, p, m),
            paddings=paddings, mode=mode, constant_values=0.0,
        )
    c.add(
        "pad", "constant_value", [data], lambda x: tf.pad(x, [[1, 1], [0, 2]], constant_values=-1.5),
        paddings=[[1, 1], [0, 2]], mode="CONSTANT", constant_values=-1.5,
    )
    c.add(
        "pad", "reflect_vector", [f32([1, 2, 3, 4])], lambda x: tf.pad(x, [[3, 2]], "REFLECT"),
        paddings=[[3, 2]], mode="REFLECT", constant_values=0.0,
    )
    for multiples in ([2, 1], [1, 3], [2, 2], [0, 1]):
        case = "x".join(map(str, multiples))
        c.add("tile", case, [data], lambda x, m=multiples: tf.tile(x, m), multiples=multiples)


def picks(c):
    data = dyadic([3, 4])
    c.add("gather", "axis0", [data, i32([2, 0, 2])], lambda x, i: tf.gather(x, i, axis=0), axis=0)
    c.add("gather", "axis1", [data, i32([3, 1])], lambda x, i: tf.gather(x, i, axis=1), axis=1)
    c.add("gather", "axis_negative", [dyadic([2, 2, 3]), i32([0, 2])], lambda x, i: tf.gather(x, i, axis=-1), axis=-1)
    c.add("gather", "matrix_of_indices", [data, i32([[0, 1], [2, 2]])], lambda x, i: tf.gather(x, i, axis=0), axis=0)
    c.add("gather", "scalar_index", [data, i32(1)], lambda x, i: tf.gather(x, i, axis=1), axis=1)
    c.add("gather", "no_indices", [data, i32([])], lambda x, i: tf.gather(x, i, axis=0), axis=0)

    def one_hot(case, indices, depth, on=1.0, off=0.0, axis=-1):
        c.add(
            "one_hot", case, [indices], lambda i: tf.one_hot(i, depth, on_value=on, off_value=off, axis=axis),
            depth=depth, on_value=on, off_value=off, axis=axis,
        )

    one_hot("vector", i32([0, 2, 1]), 3)
    one_hot("out_of_range", i32([-1, 3, 1]), 3)
    one_hot("axis0", i32([0, 2]), 3, axis=0)
    one_hot("matrix", i32([[0, 1], [2, 0]]), 3)
    one_hot("matrix_axis1", i32([[0, 1], [2, 0]]), 3, axis=1)
    one_hot("on_off", i32([1, 0]), 2, on=5.0, off=-1.0)

    condition = boolean([[True, False, True], [False, False, True]])
    x, y = f32([[1, 2, 3], [4, 5, 6]]), f32([[-1, NAN, -3], [-4, -5, NAN]])
    c.add("select", "same_shape", [condition, x, y], v1.where, version=1)
    c.add("select", "rows", [boolean([True, False]), x, y], v1.where, version=1)
    c.add("select", "same_shape_v2", [condition, x, y], v1.where_v2, version=2)
    c.add("select", "broadcast", [boolean([True, False, True]), x, f32(0)], v1.where_v2, version=2)
    c.add("select", "broadcast_all", [boolean([[True], [False]]), f32([1, 2, 3]), f32([[-1], [-2]])], v1.where_v2, version=2)
    c.add("where", "indices", [condition], v1.where)
    c.add("where", "none", [boolean([False, False])], v1.where)


def makers(c):
    for case, dims in (("matrix", [2, 3]), ("scalar", []), ("empty", [0, 2])):
        c.add("fill", case, [f32(7.5)], lambda value, dims=dims: tf.fill(dims, value), dims=dims)
    for case, start, limit, delta in (
        ("up", 3, 18, 3), ("not_reached", 3, 17, 4), ("down", 3, -4, -2), ("empty", 5, 5, 1),
        ("f32", 0.0, 1.0, 0.25), ("f32_inexact", 0.0, 1.0, 0.1), ("f32_down", 3.0, 1.0, -0.5),
    ):
        kind = i32 if isinstance(start, int) else f32
        c.add("range", case, [kind(start), kind(limit), kind(delta)], tf.range)
    for case, data in (("f32", f32([[NAN, 1]])), ("i32", i32([[1], [2]])), ("bool", boolean([True])), ("empty", np.zeros([0, 2], np.float32))):
        c.add("zeros_like", case, [data], tf.zeros_like)
        c.add("ones_like", case, [data], tf.ones_like)
