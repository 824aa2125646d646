"""The programs of scopes.json: the behaviours of scopes and reuse by row, both inheritance tables, and random ones."""

from . import random_programs
from .scope_program import events
from .statements import (
    RAISE, catch, current_scope, default, enter, get, inspect, make_context, names, op, original_names,
    reuse_variables, scope, unshared,
)


def programs():
    """Every program with its events; reference variables must answer as resource variables do."""
    entries = []
    for identifier, what, program in [*creation(), *scopes(), *reuse(), *by_string(), *by_object()]:
        entries.append(answered(identifier, what, program))
    entries.extend(random_programs.programs())
    identifiers = [entry["id"] for entry in entries]
    assert len(set(identifiers)) == len(identifiers)
    return entries


def answered(identifier, what, program):
    answer = events(program, use_resource=True)
    assert answer == events(program, use_resource=False), identifier
    return {"id": identifier, "what": what, "program": program, "events": answer}


def creation():
    yield "C2", "store key and op name agree", [get("v"), scope("a", get("v"), scope("b", get("v")))]
    yield "C3", "op name taken by an op", [op("w"), get("w"), scope("", get("w"), reuse=True)]
    yield "C3-variable", "op name taken by a tf.Variable", [unshared("w"), get("w"), unshared("w"), scope("", get("w"), reuse=True)]
    yield "C3-nested", "op name taken in a name scope", [names("a", op("v")), scope("a", get("v"), op("v")), scope("a", get("v"), reuse=True)]
    yield "C3-name-scope", "op name taken by a name scope", [names("v", op("c")), get("v"), names("v", op("c"))]
    yield "C3-later", "an op named as a variable, after it", [get("w"), op("w"), op("w"), names("w", op("c"))]
    yield "C4", "op names ignore case, store keys do not", [
        get("my_variable"), get("My_Variable"), scope("", get("my_variable"), get("My_Variable"), reuse=True),
    ]
    yield "C4-scope", "scopes that differ in case", [scope("A", get("v"), op("c")), scope("a", get("v"), op("c"))]
    yield "C5", "names with a slash", [
        get("p/q"), catch(scope("p", get("q"))), scope("p", get("q"), reuse=True), scope("a", get("b/v"), scope("b", catch(get("v")), get("w"))),
    ]


def scopes():
    yield "S1", "variable scope and name scope", [scope("a", get("v"), op("c"))]
    yield "S2", "name scope leaves get_variable alone", [names("n", get("v"), op("c")), scope("a", names("n", get("v"), op("c")))]
    yield "S3", "tf.Variable follows the name scope", [names("n", unshared("v")), scope("a", unshared("v")), scope("a", unshared("v"))]
    yield "S4", "nesting", [scope("foo", scope("bar", get("v"), op("c")), get("v"))]
    yield "S5", "second opening by name", [scope("a", get("v"), op("c")), scope("a", get("w"), op("c")), scope("a", op("c"))]
    yield "S5-nested", "second opening by name, nested", [
        scope("a", scope("b", get("v"), op("c")), scope("b", get("w"), op("c"))), scope("a", scope("b", get("x"), op("c"))),
    ]
    yield "S6", "entry by object is absolute", [
        scope("a", scope("b", get("v"), op("c"), as_="ab")), scope("x", scope("y", enter("ab", get("w"), op("c")), op("c"), get("w"))),
    ]
    yield "S6-root", "entry by object at the root", [scope("a", scope("b", op("c"), as_="ab")), enter("ab", get("v"), op("c")), enter("ab", op("c"))]
    yield "S6-child", "child of an object entered elsewhere", [scope("a", as_="a"), scope("x", enter("a", scope("b", get("v"), op("c"))))]
    yield "S7", "re-entry of the current object", [
        scope("x1"), scope("x2", enter("x2", get("cv"), op("c")), op("c"), as_="x2"),
    ]
    yield "S8", "entry of the root object", [
        current_scope("root"), scope("x2", enter("root", get("v"), op("c"), scope("y", get("v"), op("c"))), get("v"), op("c")),
    ]
    yield "S9", "original_name_scope", [
        scope("a", as_="a1"), scope("a", as_="a2"), enter("a1", enter("a2"), as_="again"), enter("again", op("c")),
        inspect("a1"), inspect("a2"), inspect("again"),
    ]
    yield "S9-empty", "original_name_scope of the empty name", [scope("", get("v"), op("c"), scope("a", get("v"), op("c")), as_="e"), inspect("e")]
    yield "S9-in-name-scope", "original_name_scope in a name scope", [names("n", scope("a", op("c"), as_="a")), enter("a", op("c")), names("n", enter("a", op("c")))]
    yield "S10", "no auxiliary name scope at the root", [scope("a", get("v"), op("c"), scope("b", get("v"), op("c")), aux=False)]
    yield "S10-nested", "no auxiliary name scope, nested", [
        scope("outer", scope("a", get("v"), op("c"), scope("b", op("c")), aux=False), op("c")), scope("a", op("c")),
    ]
    yield "S10-object", "no auxiliary name scope, by object", [
        scope("a", op("c"), as_="a"), scope("x", enter("a", get("v"), op("c"), aux=False)), enter("a", op("c")),
    ]
    yield "S10-default", "no auxiliary name scope, default names", [
        default("d", get("v"), op("c"), aux=False), default("d", get("v"), op("c"), aux=False), default("d", get("v"), op("c")),
    ]
    yield "S11", "truly entering a scope again", [
        scope("s", get("v"), op("c"), as_="s"),
        enter("s", original_names("again", get("w"), op("c"), op("d")), aux=False, as_="again"),
    ]
    yield "S11-elsewhere", "truly entering a scope again, from another", [
        scope("a", scope("s", op("c"), as_="s")),
        scope("x", enter("s", original_names("again", get("w"), op("c")), op("c"), aux=False, as_="again"), op("c")),
    ]
    layer = scope("layer", get("v"), op("c"))
    yield "S13", "default names", [default("d", get("v"), op("c")) for _ in range(3)]
    yield "S13-diverge", "default names and name scopes diverge", [
        scope("layer", get("v"), op("c")), scope("layer", get("v1"), op("c")), default("layer", get("v"), op("c")),
        scope("layer", get("v2"), op("c")), default("layer", get("v"), op("c")),
    ]
    yield "S13-name-wins", "a name and a default name", [scope("n", get("v"), op("c"), default="d"), default("d", get("v")), default("n", get("v"))]
    yield "S13-name-scope", "default name after a name scope of that name", [names("d", op("c")), default("d", get("v"), op("c")), default("d", get("v"), op("c"))]
    yield "S13-nested", "default names in a default name", [
        default("d", default("e", get("v")), default("e", get("v"))), default("d", default("e", get("v")), default("e", get("v"))),
    ]
    yield "S14", "what counts as used", [
        layer, scope("layer_1", get("v")), default("layer", get("v"), op("c")), default("layer", get("v"), op("c")),
    ]
    yield "S14-not-counted", "a name scope or a variable does not count", [names("d", op("c")), get("d"), get("d_1/v"), default("d", get("v"), op("c")), default("d", get("w"), op("c"))]
    yield "S14-inside", "counted by the full name", [
        scope("a", default("d", get("v"))), default("d", get("v")), scope("a", default("d", get("w")), scope("d", get("x")), default("d", get("v"))),
    ]
    yield "S14-slash", "a scope with a slash in its name counts for its whole name", [
        scope("a/d", get("v")), scope("a", default("d", get("w"))), scope("a", default("d", get("x"))),
    ]
    yield "S14-object", "entry by object counts", [
        scope("d", get("v"), as_="d"), enter("d"), default("d", get("v")), enter("d", get("w")), default("d", get("v")),
    ]
    yield "S15", "counters start again when the parent closes", [
        scope("foo", default("bar", get("v")), default("bar", get("v"))),
        scope("foo", default("bar", get("v"), op("c")), default("bar", get("v")), catch(default("bar", get("v"))), reuse=True),
    ]
    yield "S15-object", "leaving an object restores the counters it found", [
        scope("foo", default("bar", get("v")), enter("foo", default("bar", get("v"))), default("bar", get("v")), as_="foo"),
        enter("foo", default("bar", get("w"))), enter("foo", default("bar", get("x"))),
    ]
    yield "S15-jump", "counters of a scope jumped to from outside", [
        scope("foo", default("bar", get("v")), as_="foo"),
        scope("x", enter("foo", default("bar", get("w")), default("bar", get("w"))), enter("foo", default("bar", get("x")))),
        default("foo", get("v")), default("x", get("v")),
    ]
    yield "S15-prefix", "only sub-scopes start again", [
        scope("foo", default("bar")), scope("foo_bar", default("x", get("v"))), default("foo", get("v")),
        scope("foo", scope("sub", default("d", get("v"))), scope("sub", default("d", get("w"))), default("sub", get("v"))),
    ]
    yield "S16", "an error inside a scope", [
        catch(default("d", get("v"), RAISE)), op("c"), get("v"), default("d", get("v"), op("c")),
    ]
    yield "S16-nested", "an error two scopes down", [
        catch(scope("a", default("d", scope("b", RAISE)))), scope("a", default("d", get("v"), op("c"))), get("v"),
    ]
    yield "S17", "neither a name nor a default name", [op("c"), scope(None, get("v"))]
    yield "S19", "default name with reuse", [default("d", get("v")), catch(default("d", get("v"), reuse=True)), default("d", get("v"), reuse="auto")]
    yield "S19-name", "a name, a default name and reuse", [scope("n", get("v"), default="d"), scope("n", get("v"), default="d", reuse=True)]
    yield "S19-inherited", "default name where reuse is inherited", [
        scope("a", default("d", get("v"))), scope("a", default("d", get("v")), reuse=True), scope("a", default("d", get("w")), reuse="auto"),
    ]
    yield "S20", "a scope with a slash in its name", [
        scope("a/b", get("v"), op("c"), as_="ab"), scope("a", scope("b", get("v"), op("c")), reuse=True), enter("ab", get("w"), op("c")),
    ]
    yield "S22", "one context manager entered twice", [
        make_context("m", default="blk"), scope(None, get("v"), op("c"), context="m"), catch(scope(None, get("v"), context="m")),
        scope(None, get("w"), op("c"), context="m"), default("blk", get("v")),
    ]
    yield "S22-made-outside", "a context manager made elsewhere", [
        scope("a", make_context("m", default="d")), scope("b", scope(None, get("v"), op("c"), context="m")), default("d", get("v")),
    ]
    yield "S24", "the scope an object entry yields is another object", [
        scope("a", get("v"), as_="a"), enter("a", reuse_variables("inner"), get("v"), as_="inner"), inspect("a"), enter("a", get("w")),
    ]
    yield "S27", "name scopes", [
        names("x", op("c")), names("x", op("c")), names("x/", op("c")), names("x", names("y", op("c")), names("x/", op("c")), names(None, op("c")), names("", op("c"))),
    ]
    yield "S27-case", "name scopes ignore case", [names("Foo", op("c")), names("foo", op("c")), names("FOO", op("C"), op("c"))]
    yield "S27-variable-scope", "name scopes re-entered around variable scopes", [
        scope("a", op("c")), names("a/", scope("b", get("v"), op("c"))), names("a", scope("a", get("w"), op("c"))), scope("a", names(None, scope("a", get("x"), op("c")))),
    ]
    yield "S28", "op names", [op("c"), op("c"), op("c_1"), op("c"), op("c_1"), op("C"), op(None), op(None)]
    yield "S28-scopes", "suffixes of taken suffixes", [op("a_1"), op("a"), op("a"), op("a"), names("a", op("c")), names("a_1", op("c")), scope("a", op("c"))]


def reuse():
    def constant(kind, *data):
        return (kind, [len(data)], list(data))

    yield "R1", "the root does not reuse", [current_scope("root"), get("v"), get("v")]
    yield "R2", "legal values of reuse", [
        scope("a", reuse=True), scope("a", reuse=False), scope("a", reuse=None), scope("a", reuse="auto"),
        catch(scope("a", get("v"), reuse=1)), catch(scope("a", get("v"), reuse="yes")), scope("a", op("c")),
    ]
    yield "R3", "exists already", [scope("a", get("v")), scope("a", op("c"), get("v"), op("d"))]
    yield "R3-shape", "exists already, whatever the shape", [scope("a", get("v")), scope("a", get("v", [3]))]
    yield "R4", "is missing", [scope("a", get("v")), scope("a", get("v"), op("c"), get("w"), reuse=True)]
    yield "R4-absent-scope", "is missing, in a scope never opened", [scope("a", get("v"), reuse=True)]
    yield "R5", "AUTO_REUSE gets or creates", [scope("a", get("v"), reuse="auto"), scope("a", get("v"), get("w"), get("w"), reuse="auto"), scope("a", get("v"), get("w"), reuse=True)]
    yield "R6", "another shape, reuse", [scope("a", get("v", [1, 2])), scope("a", get("v", [2, 2]), reuse=True)]
    yield "R6-auto", "another shape, AUTO_REUSE", [scope("a", get("v", [1, 2]), get("v", [1, 2, 1]), reuse="auto")]
    yield "R6-partial", "no shape or a partial shape", [
        scope("a", get("v", [1, 2])),
        scope("a", get("v", None), get("v", [None, 2]), get("v", [None, None]), catch(get("v", [None])), get("v", [None, 3]), reuse=True),
    ]
    yield "R6-scalar", "a scalar against a vector", [scope("a", get("v", []), catch(get("v", [1])), get("v", []), reuse="auto")]
    yield "R7", "another dtype, reuse", [scope("a", get("v")), scope("a", get("v", dtype="i32"), reuse=True)]
    yield "R7-auto", "another dtype, AUTO_REUSE", [scope("a", get("v", dtype="f64"), catch(get("v", dtype="f32")), get("v", dtype="f64"), reuse="auto")]
    yield "R7-shape-first", "another shape and another dtype", [scope("a", get("v")), scope("a", get("v", [3], dtype="i32"), reuse=True)]
    yield "R8", "an integer variable reused without its dtype", [
        scope("a", get("iv", dtype="i32")), scope("a", get("iv", dtype="i32"), catch(get("iv", None)), get("iv"), reuse=True),
    ]
    yield "R8-constant", "an integer constant, twice", [scope("a", get("t", None, initializer=constant("i32", 1)), get("t", None, initializer=constant("i32", 1)), reuse="auto")]
    yield "R9", "another initial value on reuse", [
        scope("a", get("v", None, initializer=constant("f32", 1.0, 2.0)), get("v", None, initializer=constant("f32", 5.0, 6.0)), get("v", None, initializer=constant("i32", 5, 6)), reuse="auto"),
    ]
    yield "R9-shape", "an initial value of another shape on reuse", [
        scope("a", get("v"), catch(get("v", None, initializer=constant("f32", 1.0, 2.0, 3.0))), reuse="auto"),
    ]
    yield "R9-with-shape", "a constant and a shape, on reuse", [scope("a", get("v"), get("v", [2], initializer=constant("f32", 1.0, 2.0)), reuse="auto")]
    yield "R10", "a tf.Variable is never found", [unshared("v"), scope("", get("v"), reuse=True)]
    yield "R11", "reuse_variables", [scope("a", get("v"), reuse_variables(), get("v"), inspect("a"), get("w"), as_="a")]
    yield "R11-sharing", "two images, one model", [
        scope("model", scope("conv1", get("weights"), get("biases"), op("Relu")), reuse_variables("m"), scope("conv1", get("weights"), get("biases"), op("Relu")), as_="m"),
    ]
    yield "R12", "open sub-scopes do not see reuse_variables", [
        scope("a", get("v"), scope("b", get("v"), reuse_variables("a"), get("w"), inspect("b"), as_="b"), scope("b", get("v"), get("w")), get("v"), as_="a"),
    ]
    yield "R13", "reuse_variables is not remembered by the name", [scope("a", get("v"), reuse_variables()), scope("a", get("w"), get("v"))]
    yield "R13-object", "reuse_variables is remembered by the object", [scope("a", get("v"), reuse_variables(), as_="a"), enter("a", get("v"), get("w"))]
    yield "R13-after", "reuse_variables on a closed scope", [scope("a", get("v"), as_="a"), reuse_variables("a"), enter("a", get("v")), scope("a", get("w"))]
    yield "R14", "reuse_variables at the root", [
        get("v"), scope("a", get("v")), reuse_variables(), get("v"), scope("a", get("v")), scope("a", get("v"), reuse=False), scope("a", get("w"), reuse="auto"), get("w"),
    ]
    yield "R18", "a failed creation leaves earlier ops", [
        scope("a", get("v")), catch(scope("a", get("w"), op("c"), get("v"), op("d"))), scope("a", get("v"), get("w"), op("c"), reuse=True),
    ]


LABELS = {None: "None", False: "False", True: "True", "auto": "AUTO"}
OUTER = (False, True, "auto")
ARGUMENTS = (None, False, True, "auto")
# What each entry of the tables is asked: a variable that exists, and one that does not.
PROBES = (catch(get("v")), catch(get("missing")))


def by_string():
    """Opening a scope by name, for each reuse outside and each argument."""
    for outer in OUTER:
        for argument in ARGUMENTS:
            yield (
                f"inherit-string-{LABELS[outer]}-{LABELS[argument]}",
                f"outer {LABELS[outer]}, reuse={LABELS[argument]}",
                [scope("p", scope("q", get("v"))), scope("p", scope("q", *PROBES, reuse=argument), reuse=outer)],
            )


def by_object():
    """Entering a scope object, for each reuse around it, each reuse of its own and each argument."""
    for around in OUTER:
        for own in OUTER:
            for argument in ARGUMENTS:
                yield (
                    f"inherit-object-{LABELS[around]}-{LABELS[own]}-{LABELS[argument]}",
                    f"inside {LABELS[around]}, object {LABELS[own]}, reuse={LABELS[argument]}",
                    [
                        scope("q", get("v")), scope("q", reuse=own, as_="q"),
                        scope("p", enter("q", *PROBES, reuse=argument), reuse=around),
                    ],
                )
