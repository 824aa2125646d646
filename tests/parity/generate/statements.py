"""Short constructors of the statements of scope programs; what is left out has its default."""


def scope(name, *body, object=None, context=None, default=None, reuse=None, aux=True, as_=None):
    statement = {"do": "variable_scope"}
    if context is not None:
        statement["context"] = context
    elif object is not None:
        statement["object"] = object
    else:
        statement["name"] = name
    if default is not None:
        statement["default_name"] = default
    if reuse is not None:
        statement["reuse"] = reuse
    if not aux:
        statement["aux"] = False
    if as_ is not None:
        statement["as"] = as_
    statement["body"] = list(body)
    return statement


def enter(object, *body, **options):
    """Enters a captured scope object."""
    return scope(None, *body, object=object, **options)


def default(name, *body, **options):
    """A scope that only has a default name."""
    return scope(None, *body, default=name, **options)


def make_context(as_, name=None, default=None, reuse=None):
    """A context manager made now and entered later, by `scope(None, context=as_)`."""
    statement = {"do": "make_context", "as": as_, "name": name}
    if default is not None:
        statement["default_name"] = default
    if reuse is not None:
        statement["reuse"] = reuse
    return statement


def names(name, *body):
    return {"do": "name_scope", "name": name, "body": list(body)}


def original_names(object, *body):
    """A name scope re-entered by the `original_name_scope` of a captured scope."""
    return {"do": "name_scope", "original_of": object, "body": list(body)}


def get(name, shape=(2,), dtype=None, initializer=None):
    statement = {"do": "get_variable", "name": name}
    if shape is not None:
        statement["shape"] = list(shape)
    if dtype is not None:
        statement["dtype"] = dtype
    if initializer is not None:
        kind, shape, data = initializer
        statement["initializer"] = {"dtype": kind, "shape": shape, "data": data}
    return statement


def unshared(name):
    """A `tf.Variable`: named by the name scope, never found again."""
    return {"do": "variable", "name": name}


def op(name=None):
    return {"do": "op", "name": name}


def reuse_variables(scope=None):
    return {"do": "reuse_variables"} if scope is None else {"do": "reuse_variables", "scope": scope}


def current_scope(as_):
    return {"do": "current_scope", "as": as_}


def inspect(scope):
    return {"do": "inspect", "scope": scope}


def catch(*body):
    return {"do": "catch", "body": list(body)}


RAISE = {"do": "raise"}
