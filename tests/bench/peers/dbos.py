"""DBOS Transact on SQLite in WAL mode, beside `durable`.

    dbos.py FOLDER serial STEPS          says `seconds S`
    dbos.py FOLDER fan BRANCHES STEPS    says `seconds S`
    dbos.py FOLDER killed STEPS DONE     kills itself in the body of the step after DONE
    dbos.py FOLDER resume STEPS DONE     says `next N` as soon as the first step really runs
"""

import os
import signal
import sqlite3
import sys
import time

sys.path.pop(0)  # This file has the name of what it imports.
from dbos import DBOS, SetWorkflowID  # noqa: E402

folder, mode, first, *rest = sys.argv[1:]
count = int(first)
second = int(rest[0]) if rest else 0
path = os.path.join(folder, "dbos.db")
sqlite3.connect(path).execute("pragma journal_mode=wal")
DBOS(config={
    "name": "bench",
    "system_database_url": f"sqlite:///{path}",
    "log_level": "ERROR",
    "console_log_level": "ERROR",
    "application_version": "1",
})
told = False


@DBOS.step()
def step(nth: int):
    global told
    if mode == "killed" and nth == second:
        os.kill(os.getpid(), signal.SIGKILL)
    if mode == "resume" and not told:
        told = True
        print("next", nth, flush=True)
    return nth


@DBOS.workflow()
def serial(steps: int):
    for nth in range(steps):
        step(nth)


@DBOS.workflow()
def fan(branches: int, steps: int):
    for branch in [DBOS.start_workflow(serial, steps) for _ in range(branches)]:
        branch.get_result()


DBOS.launch()
began = time.perf_counter()
if mode == "resume":
    DBOS.retrieve_workflow("the-one").get_result()
elif mode == "fan":
    fan(count, second)
else:
    with SetWorkflowID("the-one"):
        serial(count)
print("seconds", time.perf_counter() - began, flush=True)
os._exit(0)
