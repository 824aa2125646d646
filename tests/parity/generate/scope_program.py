"""Runs a scope program (a tree of statements, see the README) in TensorFlow and records what it answers."""

import numpy as np
import tensorflow as tf
from tensorflow.python.ops import variable_scope as variable_scope_module

v1 = tf.compat.v1
KINDS = {"f32": tf.float32, "f64": tf.float64, "i32": tf.int32, "i64": tf.int64, "bool": tf.bool}


class Raised(Exception):
    """What a {"do": "raise"} statement raises."""


# A part of TensorFlow's message, and what the fixtures call that mistake.
ERRORS = (
    ("already exists, disallowed", "exists"),
    ("does not exist, or was not created with tf.get_variable()", "missing"),
    ("but specified shape", "shape"),
    ("but specified dtype", "dtype"),
    ("reuse=True cannot be used without a name_or_scope", "reuse_without_name"),
    ("If default_name is None then name_or_scope is required", "no_name"),
    ("The reuse parameter must be True or False or None", "bad_reuse"),
    ("If initializer is a constant, do not specify shape", "shape_with_constant"),
    ("did not get an initializer, so its `shape` argument must be specified", "no_shape"),
)


def kind_of(error):
    if isinstance(error, Raised):
        return "raised"
    for part, kind in ERRORS:
        if part in str(error):
            return kind
    raise error


def events(program, use_resource):
    """What TensorFlow answers to `program`, with resource or with reference variables."""
    machine = Machine(use_resource)
    with tf.Graph().as_default():
        try:
            machine.body(program)
        except (ValueError, TypeError, Raised) as error:
            machine.events.append({"error": kind_of(error)})
    return machine.events


def reuse_argument(value):
    return v1.AUTO_REUSE if value == "auto" else value


def reuse_answer(value):
    return "auto" if value is v1.AUTO_REUSE else bool(value)


class Machine:
    def __init__(self, use_resource):
        self.use_resource = use_resource
        self.scopes = {}
        self.contexts = {}
        self.events = []

    def body(self, statements):
        for statement in statements:
            kind = statement["do"]
            getattr(self, "raise_" if kind == "raise" else kind)(statement)

    def context(self, s):
        if "context" in s:
            return self.contexts[s["context"]]
        return v1.variable_scope(
            self.scopes[s["object"]] if "object" in s else s.get("name"),
            default_name=s.get("default_name"),
            reuse=reuse_argument(s.get("reuse")),
            auxiliary_name_scope=s.get("aux", True),
        )

    def make_context(self, s):
        self.contexts[s["as"]] = self.context({key: value for key, value in s.items() if key != "context"})

    def variable_scope(self, s):
        with self.context(s) as scope:
            if "as" in s:
                self.scopes[s["as"]] = scope
            self.scope_event(scope)
            self.body(s.get("body", []))

    def scope_event(self, scope):
        self.events.append(
            {
                "scope": scope.name,
                "original_name_scope": scope.original_name_scope,
                "reuse": reuse_answer(scope.reuse),
                "name_scope": current_name_scope(),
            }
        )

    def current_scope(self, s):
        self.scopes[s["as"]] = v1.get_variable_scope()
        self.scope_event(self.scopes[s["as"]])

    def inspect(self, s):
        self.scope_event(self.scopes[s["scope"]])

    def name_scope(self, s):
        name = self.scopes[s["original_of"]].original_name_scope if "original_of" in s else s["name"]
        with tf.Graph.name_scope(v1.get_default_graph(), name) as entered:
            self.events.append({"name_scope": entered or ""})
            self.body(s.get("body", []))

    def get_variable(self, s):
        store = variable_scope_module._get_default_variable_store()._vars
        before = set(store)
        initializer = None
        if "initializer" in s:
            value = s["initializer"]
            initializer = tf.constant(value["data"], KINDS[value["dtype"]], value["shape"])
        variable = v1.get_variable(
            s["name"],
            s.get("shape"),
            KINDS[s["dtype"]] if s.get("dtype") else None,
            initializer=initializer,
            use_resource=self.use_resource,
        )
        (key,) = [key for key, value in store.items() if value is variable]
        self.events.append({"variable": key, "created": key not in before, "op_name": variable.op.name})

    def variable(self, s):
        made = v1.Variable(np.float32(1), name=s["name"], use_resource=self.use_resource)
        self.events.append({"unshared_variable": made.op.name})

    def op(self, s):
        self.events.append({"op": tf.constant(1.0, name=s["name"] or "Const").op.name})

    def reuse_variables(self, s):
        scope = self.scopes[s["scope"]] if "scope" in s else v1.get_variable_scope()
        scope.reuse_variables()

    def catch(self, s):
        try:
            self.body(s["body"])
        except (ValueError, TypeError, Raised) as error:
            self.events.append({"caught": kind_of(error)})

    def raise_(self, _):
        raise Raised()


def current_name_scope():
    """The current name scope with its trailing slash, or "" at the root."""
    name = v1.get_default_graph().get_name_scope()
    return name + "/" if name else ""
