"""Times scikit-learn's lasso_path. In: requests on stdin, one JSON object a line. Out: an answer to each, one JSON object a line.

{"load": {"rows", "columns", "kind", "folder"}}   reads y, alphas and the scaled columns from the folder
{"fit": {"tol", "limit"}}                         times lasso_path alone; gives up after `limit` seconds, and says that it reached 0
                                                  alphas; else writes the coefficients, a row an alpha, to the folder
"""
import json
import os
import signal
import sys
import time
import warnings

import numpy as np
from scipy.sparse import csc_matrix
from sklearn.linear_model import lasso_path

MOST_EPOCHS = 1_000_000


def load(rows, columns, kind, folder):
    read = lambda name, dtype: np.fromfile(os.path.join(folder, name), dtype=dtype)
    values = read("values.f64", np.float64)
    if kind == "sparse":
        ids, starts = read("rowIds.u32", np.uint32).astype(np.int32), read("starts.u32", np.uint32).astype(np.int32)
        X = csc_matrix((values, ids, starts), shape=(rows, columns))
    else:
        X = values.reshape((rows, columns), order="F")
    return X, read("y.f64", np.float64), read("alphas.f64", np.float64), os.path.join(folder, "coefficients.f64")


def fit(tol, limit):
    start = time.perf_counter()
    child = os.fork()
    if child == 0:
        # A solver in C can't be interrupted: a process of its own can.
        warnings.simplefilter("ignore")
        begin = time.perf_counter()
        _, coefficients, _ = lasso_path(X, y, alphas=alphas, tol=tol, max_iter=MOST_EPOCHS)
        seconds = time.perf_counter() - begin
        np.ascontiguousarray(coefficients.T).tofile(into)
        np.array([seconds]).tofile(into + ".seconds")
        os._exit(0)
    while time.perf_counter() - start < limit:
        if os.waitpid(child, os.WNOHANG)[0] != 0:
            return {"seconds": float(np.fromfile(into + ".seconds")[0]), "alphas": len(alphas)}
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return {"seconds": limit, "alphas": 0}


for line in sys.stdin:
    request = json.loads(line)
    if "load" in request:
        X, y, alphas, into = load(**request["load"])
        answer = {}
    else:
        answer = fit(**request["fit"])
    print(json.dumps(answer), flush=True)
