"""Random scope programs, for what nobody thought of: small alphabets, so that names meet."""

import random

from .scope_program import events
from .statements import (
    RAISE, catch, current_scope, default, enter, get, inspect, names, op, original_names, reuse_variables, scope, unshared,
)

COUNT = 60
LENGTH = (8, 18)  # events of a program worth keeping
MOST_WITH_ERROR = 18


def programs():
    """The first `COUNT` programs of a fixed stream that are neither trivial nor long."""
    generator = random.Random(20260101)
    kept, failed = [], 0
    while len(kept) < COUNT:
        program = Writer(generator).body(0, generator.randint(4, 6))
        try:
            answer = events(program, use_resource=True)
            reference = events(program, use_resource=False)
        except KeyError:
            continue  # it names a scope whose opening an error skipped
        fails = "error" in answer[-1] if answer else True
        if not LENGTH[0] <= len(answer) <= LENGTH[1] or (fails and failed == MOST_WITH_ERROR):
            continue
        assert answer == reference
        failed += fails
        kept.append({"id": f"random{len(kept)}", "program": program, "events": answer})
    return kept


class Writer:
    """Writes one program; it only names scope objects that it has captured before."""

    def __init__(self, generator):
        self.random = generator
        self.objects = []

    def body(self, depth, length):
        return [self.statement(depth) for _ in range(length)]

    def chance(self, probability):
        return self.random.random() < probability

    def statement(self, depth):
        roll = self.random.random()
        if depth < 3 and roll < 0.42:
            return self.scope(depth)
        if depth < 3 and roll < 0.50:
            name = self.random.choice(["a", "b", "n", "n", "a/", "n/", None])
            return names(name, *self.body(depth + 1, self.random.randint(1, 3)))
        if roll < 0.74:
            return self.get()
        if roll < 0.88:
            return op(self.random.choice(["c", "c", "d", "C", "a", "v", None]))
        if roll < 0.91:
            return unshared(self.random.choice(["v", "u"]))
        if roll < 0.93 and self.objects:
            return inspect(self.random.choice(self.objects))
        if roll < 0.95 and self.objects:
            return reuse_variables(self.random.choice(self.objects + [None]))
        if roll < 0.96 and depth:
            return catch(RAISE)
        if roll < 0.98 and self.objects:
            return original_names(self.random.choice(self.objects), op("c"))
        return current_scope(self.capture())

    def get(self):
        shape = self.random.choice([[2], [2], [2], [2], None, [3]]) if self.chance(0.3) else [2]
        statement = get(self.random.choice(["v", "w", "k", "b/v"]), shape, "i32" if self.chance(0.04) else None)
        if shape is None:
            return catch(get("v", [2]), statement)
        return catch(statement) if self.chance(0.6) else statement

    def scope(self, depth):
        body = self.body(depth + 1, self.random.randint(1, 4))
        reuse = self.random.choice([None, None, None, False, True, "auto", "auto"])
        options = {"reuse": reuse, "aux": not self.chance(0.12)}
        roll = self.random.random()
        if roll < 0.3 and self.objects:
            made = enter(self.random.choice(self.objects), *body, **options)
        elif roll < 0.5:
            options["reuse"] = None
            made = default(self.random.choice(["d", "a"]), *body, **options)
        else:
            made = scope(self.random.choice(["a", "b", "A", "a_1", "a/b"]), *body, **options)
        if self.chance(0.35):
            body = made.pop("body")
            made["as"] = self.capture()
            made["body"] = body
        return made

    def capture(self):
        self.objects.append(f"s{len(self.objects)}")
        return self.objects[-1]
