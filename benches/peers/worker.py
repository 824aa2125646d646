"""What every peer does when it is asked: prepares rows, and times them.

Each request is a line of JSON, `{"row": .., "seconds": ..}`, and so is each answer: the seconds of one call, `{"seconds": .., "calls": ..}`, or why there
are none, `{"error": ..}`.
"""

import json
import os
import statistics
import sys
import time


def serve(prepare):
    """Answers requests; `prepare(row)` returns a function that computes the row once, or None for a row that the peer has not."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    ready = {}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = measure(ready, prepare, request["row"], request["seconds"])
        except Exception as error:  # a peer that cannot is a gap in the table, not its end
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0][:200]}
        print(json.dumps(answer), file=answers, flush=True)


def measure(ready, prepare, row, seconds):
    """Times calls for so long, two at least; the median."""
    if row not in ready:
        ready.clear()  # the memory of one row at a time
        ready[row] = prepare(row)
        if ready[row]:
            for _ in range(3):
                ready[row]()
    call = ready[row]
    if call is None:
        return {"error": "has no such row"}
    times = []
    end = time.perf_counter() + seconds
    while len(times) < 2 or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return {"seconds": statistics.median(times), "calls": len(times)}
