"""Prefect on its own local server and SQLite, beside `durable`.

    prefect.py FOLDER serial STEPS          says `seconds S`
    prefect.py FOLDER fan BRANCHES STEPS    says `seconds S`
    prefect.py FOLDER killed STEPS DONE     kills itself in the body of the step after DONE
    prefect.py FOLDER resume STEPS DONE     says `next N` as soon as the first step really runs

Prefect does not resume a flow in place: its way is to run it again with the results of finished tasks kept, which
`killed` and `resume` do.
"""

import os
import signal
import sys
import time

folder, mode, first, *rest = sys.argv[1:]
count = int(first)
second = int(rest[0]) if rest else 0
os.environ |= {
    "PREFECT_HOME": folder,
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_LEVEL": "ERROR",
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
}
sys.path.pop(0)  # This file has the name of what it imports.
from prefect import flow, task  # noqa: E402
from prefect.task_runners import ThreadPoolTaskRunner  # noqa: E402

kept = {"persist_result": True, "cache_key_fn": lambda _, given: f"step {given['nth']}"}
told = False


@task(**(kept if mode in ("killed", "resume") else {}))
def step(nth: int):
    global told
    if mode == "killed" and nth == second:
        os.kill(os.getpid(), signal.SIGKILL)
    if mode == "resume" and not told:
        told = True
        print("next", nth, flush=True)
    return nth


@task
def branch(steps: int):
    for nth in range(steps):
        step(nth)


# The time to start the server, which the flow does by itself, is not the steps' time.
@flow
def serial(steps: int):
    began = time.perf_counter()
    for nth in range(steps):
        step(nth)
    print("seconds", time.perf_counter() - began, flush=True)


@flow(task_runner=ThreadPoolTaskRunner(max_workers=64))
def fan(branches: int, steps: int):
    began = time.perf_counter()
    for one in [branch.submit(steps) for _ in range(branches)]:
        one.result()
    print("seconds", time.perf_counter() - began, flush=True)


if mode == "fan":
    fan(count, second)
else:
    serial(count)
