"""Times scikit-learn's Lasso. In: requests on stdin, one JSON object a line. Out: an answer to each, one JSON object a line.

{"load": {"rows", "columns", "kind", "folder", "standardize"}}   reads X and y from the folder and puts them in memory as
                                                                  the solver likes them best: Fortran order, or CSC
{"fit": {"alpha", "tol", "into"}}                                 times .fit alone, writes coefficients as float64 to `into`

What is to be centred is centred before, so no intercept is asked for.
"""
import json
import os
import sys
import time
import warnings

import numpy as np
from scipy.sparse import csc_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Lasso

MOST_EPOCHS = 1_000_000


def load(rows, columns, kind, folder, standardize):
    read = lambda name, dtype: np.fromfile(os.path.join(folder, name), dtype=dtype)
    y = read("y.f64", np.float64)
    values = read("values.f64", np.float64)
    if kind == "sparse":
        ids, starts = read("rowIds.u32", np.uint32).astype(np.int32), read("starts.u32", np.uint32).astype(np.int32)
        return csc_matrix((values, ids, starts), shape=(rows, columns)), y
    X = values.reshape((rows, columns), order="F")
    if standardize:
        means, scales = X.mean(axis=0), X.std(axis=0)
        scales[X.max(axis=0) == X.min(axis=0)] = np.inf
        X -= means
        X /= scales
    return X, y


def fit(X, y, alpha, tol, into):
    model = Lasso(alpha=alpha, fit_intercept=False, tol=tol, max_iter=MOST_EPOCHS)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        start = time.perf_counter()
        model.fit(X, y)
        seconds = time.perf_counter() - start
    converged = not any(issubclass(warning.category, ConvergenceWarning) for warning in caught)
    np.asarray(model.coef_, dtype=np.float64).tofile(into)
    return {"seconds": seconds, "epochs": int(model.n_iter_), "converged": converged}


X = y = None
for line in sys.stdin:
    request = json.loads(line)
    if "load" in request:
        X, y = load(**request["load"])
        answer = {}
    else:
        answer = fit(X, y, **request["fit"])
    print(json.dumps(answer), flush=True)
