"""What TensorFlow's optimizers make of a variable, and its schedules, clipping and moving averages of numbers."""

import numpy as np
import tensorflow as tf

from .encoding import tensor
from .op_values import config

v1 = tf.compat.v1
STEPS = 12
KINDS = {"f32": np.float32, "f64": np.float64}


def document():
    """The whole of training.json."""
    return {
        "gradients": {name: [tensor(g) for g in gradients(kind)] for name, kind in KINDS.items()},
        "optimizers": optimizers(),
        "schedules": schedules(),
        "clipping": clipping(),
        "averages": averages(),
        "tensor_averages": tensor_averages(),
        "changing_decay": changing_decay(),
        "average_names": average_names(),
    }


def gradients(kind):
    """One gradient of four elements for each step, large and small, of both signs."""
    step = np.arange(STEPS, dtype=np.float64)[:, None]
    place = np.arange(4, dtype=np.float64)[None, :]
    return (np.sin(step * 1.7 + place * 2.3) * np.power(4.0, place - 2) + (step % 3 == 0) * 0.25).astype(kind)


def makers():
    train = v1.train
    return [
        ("gradient_descent", lambda: train.GradientDescentOptimizer(0.1), {"learning_rate": 0.1}),
        ("momentum", lambda: train.MomentumOptimizer(0.1, 0.9), {"learning_rate": 0.1, "momentum": 0.9}),
        ("nesterov", lambda: train.MomentumOptimizer(0.1, 0.9, use_nesterov=True), {"learning_rate": 0.1, "momentum": 0.9}),
        ("adagrad", lambda: train.AdagradOptimizer(0.1), {"learning_rate": 0.1}),
        ("adagrad_started", lambda: train.AdagradOptimizer(0.1, 0.5), {"learning_rate": 0.1, "initial_accumulator": 0.5}),
        ("adadelta", lambda: train.AdadeltaOptimizer(1.0, 0.9, 1e-6), {"learning_rate": 1.0, "rho": 0.9, "epsilon": 1e-6}),
        ("rms_prop", lambda: train.RMSPropOptimizer(0.01), {"learning_rate": 0.01}),
        ("rms_prop_momentum", lambda: train.RMSPropOptimizer(0.01, 0.8, 0.5, 1e-3), {"learning_rate": 0.01, "decay": 0.8, "momentum": 0.5, "epsilon": 1e-3}),
        ("rms_prop_centered", lambda: train.RMSPropOptimizer(0.01, 0.8, 0.5, 1e-3, centered=True), {"learning_rate": 0.01, "decay": 0.8, "momentum": 0.5, "epsilon": 1e-3}),
        ("adam", lambda: train.AdamOptimizer(0.01), {"learning_rate": 0.01}),
        ("adam_other", lambda: train.AdamOptimizer(0.1, 0.8, 0.95, 1e-4), {"learning_rate": 0.1, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-4}),
        ("ftrl", lambda: train.FtrlOptimizer(0.1), {"learning_rate": 0.1}),
        ("ftrl_regularized", lambda: train.FtrlOptimizer(0.1, l1_regularization_strength=0.2, l2_regularization_strength=0.1), {"learning_rate": 0.1, "l1": 0.2, "l2": 0.1}),
        ("ftrl_power", lambda: train.FtrlOptimizer(0.1, -0.3, 0.2, l1_regularization_strength=0.2, l2_regularization_strength=0.1, l2_shrinkage_regularization_strength=0.05), {"learning_rate": 0.1, "learning_rate_power": -0.3, "initial_accumulator": 0.2, "l1": 0.2, "l2": 0.1, "l2_shrinkage": 0.05}),
    ]


def optimizers():
    """Variable and slots after each of the steps, with the names of the slots in the order of their creation."""
    cases = []
    for name, maker, attrs in makers():
        for dtype, kind in KINDS.items():
            with tf.Graph().as_default():
                w = v1.get_variable("w", initializer=np.array([1.0, -2.0, 0.5, 3.0], kind), use_resource=True)
                gradient = v1.placeholder(kind, [4])
                step = maker().apply_gradients([(gradient, w)])
                slots = [v for v in v1.global_variables() if v is not w]
                with v1.Session(config=config()) as session:
                    session.run(v1.global_variables_initializer())
                    steps = []
                    for g in gradients(kind):
                        session.run(step, {gradient: g})
                        steps.append([tensor(value) for value in session.run([w] + slots)])
            cases.append({
                "optimizer": name, "attrs": attrs, "dtype": dtype, "slots": [slot.op.name for slot in slots],
                "operation": step.name, "steps": steps,
            })
    return cases


def schedules():
    """Learning rates at some steps."""
    train, at = v1.train, [0, 1, 5, 9, 10, 11, 19, 20, 25, 50, 99, 100, 101, 250]
    made = [
        ("exponential_decay", {"decay_steps": 10, "decay_rate": 0.5}, lambda s: train.exponential_decay(0.1, s, 10, 0.5)),
        ("exponential_decay", {"decay_steps": 10, "decay_rate": 0.5, "staircase": True}, lambda s: train.exponential_decay(0.1, s, 10, 0.5, staircase=True)),
        ("natural_exp_decay", {"decay_steps": 10, "decay_rate": 0.5}, lambda s: train.natural_exp_decay(0.1, s, 10, 0.5)),
        ("natural_exp_decay", {"decay_steps": 10, "decay_rate": 0.5, "staircase": True}, lambda s: train.natural_exp_decay(0.1, s, 10, 0.5, staircase=True)),
        ("inverse_time_decay", {"decay_steps": 10, "decay_rate": 0.5}, lambda s: train.inverse_time_decay(0.1, s, 10, 0.5)),
        ("inverse_time_decay", {"decay_steps": 10, "decay_rate": 0.5, "staircase": True}, lambda s: train.inverse_time_decay(0.1, s, 10, 0.5, staircase=True)),
        ("polynomial_decay", {"decay_steps": 20, "end": 0.01, "power": 2.0}, lambda s: train.polynomial_decay(0.1, s, 20, 0.01, 2.0)),
        ("polynomial_decay", {"decay_steps": 20, "end": 0.01, "power": 0.5, "cycle": True}, lambda s: train.polynomial_decay(0.1, s, 20, 0.01, 0.5, cycle=True)),
        ("cosine_decay", {"decay_steps": 50, "alpha": 0.1}, lambda s: train.cosine_decay(0.1, s, 50, 0.1)),
        ("cosine_decay_restarts", {"first_decay_steps": 10, "t_mul": 2.0, "m_mul": 0.5, "alpha": 0.1}, lambda s: train.cosine_decay_restarts(0.1, s, 10, 2.0, 0.5, 0.1)),
        ("cosine_decay_restarts", {"first_decay_steps": 10, "t_mul": 1.0, "m_mul": 0.9, "alpha": 0.0}, lambda s: train.cosine_decay_restarts(0.1, s, 10, 1.0, 0.9, 0.0)),
        ("piecewise_constant", {"boundaries": [10, 20], "values": [0.1, 0.05, 0.01]}, lambda s: train.piecewise_constant(s, [10, 20], [0.1, 0.05, 0.01])),
    ]
    cases = []
    for name, attrs, make in made:
        with tf.Graph().as_default():
            step = v1.placeholder(tf.int64, [])
            rate = make(step)
            with v1.Session(config=config()) as session:
                rates = [session.run(rate, {step: n}) for n in at]
        cases.append({"schedule": name, "attrs": attrs, "steps": at, "rates": tensor(np.array(rates, np.float32))})
    return cases


def clipping():
    """Clipping of one tensor and of several."""
    x = np.array([[3.0, -4.0], [0.5, 12.0]], np.float32)
    y = np.array([-1.0, 0.0, 2.0], np.float32)
    cases = []
    with tf.Graph().as_default(), v1.Session(config=config()) as session:
        def case(name, attrs, inputs, outputs):
            cases.append({"clip": name, "attrs": attrs, "inputs": [tensor(i) for i in inputs], "outputs": [tensor(o) for o in session.run(outputs)]})
        case("clip_by_value", {"min": -2.5, "max": 3.0}, [x], [tf.clip_by_value(x, -2.5, 3.0)])
        for norm in (5.0, 100.0):
            case("clip_by_norm", {"norm": norm}, [x], [tf.clip_by_norm(x, norm)])
            clipped, total = tf.clip_by_global_norm([x, y], norm)
            case("clip_by_global_norm", {"norm": norm}, [x, y], clipped + [total])
        case("clip_by_norm", {"norm": 1.0}, [np.zeros([3], np.float32)], [tf.clip_by_norm(np.zeros([3], np.float32), 1.0)])
        case("clip_by_average_norm", {"norm": 2.0}, [x], [v1.clip_by_average_norm(x, 2.0)])
        case("global_norm", {}, [x, y], [tf.linalg.global_norm([x, y])])
    return cases


def averages():
    """Exponential moving averages of a variable that is assigned a number at each step, with and without a step count."""
    cases = []
    for zero_debias, counted in ((False, False), (False, True)):
        with tf.Graph().as_default():
            w = v1.get_variable("w", initializer=np.float32(1.0), use_resource=True)
            count = v1.placeholder(tf.int64, [])
            average = v1.train.ExponentialMovingAverage(0.9, num_updates=count if counted else None, zero_debias=zero_debias)
            update = average.apply([w])
            value = v1.placeholder(tf.float32, [])
            assign = w.assign(value)
            kept = average.average(w)
            with v1.Session(config=config()) as session:
                session.run(v1.global_variables_initializer())
                found = []
                for n in range(8):
                    session.run(assign, {value: float(n * n)})
                    session.run(update, {count: n})
                    found.append(session.run(kept))
        cases.append({"decay": 0.9, "counted": counted, "name": kept.op.name, "values": tensor(np.array(found, np.float32))})
    return cases


def tensor_averages():
    """The same of a tensor of two numbers, from zeros or with those divided out, with the variables that are kept for it."""
    cases = []
    for kind, dtype in KINDS.items():
        for zero_debias, counted in ((False, False), (True, False), (True, True)):
            with tf.Graph().as_default():
                count = v1.placeholder(tf.int64, [])
                value = v1.placeholder(dtype, [2])
                with v1.name_scope("deep"):
                    x = tf.identity(value, name="x")
                average = v1.train.ExponentialMovingAverage(0.9, num_updates=count if counted else None, zero_debias=zero_debias)
                update = average.apply([x])
                kept = average.average(x)
                with v1.Session(config=config()) as session:
                    session.run(v1.global_variables_initializer())
                    found = [session.run(kept)]
                    for n in range(6):
                        session.run(update, {value: [n + 1.0, 0.5 - n * n], count: n})
                        found.append(session.run(kept))
                variables = [v.op.name for v in v1.global_variables()]
            cases.append({"dtype": kind, "decay": 0.9, "zero_debias": zero_debias, "counted": counted, "variables": variables, "values": tensor(np.array(found, dtype))})
    return cases


def average_names():
    """What averages are called before and after they are made, and from which names variables are restored."""
    with tf.Graph().as_default():
        v0 = v1.get_variable("v0", [])
        with v1.variable_scope("s"):
            v1.get_variable("fixed", [], trainable=False)
            in_scope = v1.get_variable("v1", [])
        x = tf.identity(v0 + in_scope, name="x")
        average = v1.train.ExponentialMovingAverage(0.25, name="slow")
        listed = [v0, in_scope, x]
        before = [average.average_name(v) for v in listed]
        average.apply(listed)
        after = [average.average_name(v) for v in listed]
        moving = [v.op.name for v in v1.moving_average_variables()]
        restored = sorted([name, v.op.name] for name, v in average.variables_to_restore().items())
    return {"before": before, "after": after, "moving": moving, "restored": restored}


def changing_decay():
    """The average of a variable by a decay that is a variable too, and is assigned before each step."""
    with tf.Graph().as_default():
        w = v1.get_variable("w", initializer=np.float32(1.0), use_resource=True)
        decay = v1.get_variable("decay", initializer=np.float32(0.5), use_resource=True)
        average = v1.train.ExponentialMovingAverage(decay)
        update = average.apply([w])
        decays, found = [0.5, 0.9, 0.0, 0.25, 1.0, 0.75], []
        with v1.Session(config=config()) as session:
            session.run(v1.global_variables_initializer())
            for n, value in enumerate(decays):
                decay.load(value, session)
                w.load(float(n * n), session)
                session.run(update)
                found.append(session.run(average.average(w)))
    return {"decays": decays, "values": tensor(np.array(found, np.float32))}
