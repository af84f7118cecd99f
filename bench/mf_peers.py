"""Trains one of the peers on ratings. In: one JSON object as the argument. Out: one JSON object on stdout.

{"peer", "folder", "users", "items", "rank", "lambda", "epochs", "threads"}  ->  {"seconds", "testRmse"}

The folder has train.users, train.items (uint32) and train.ratings (float32), and the same of test. Seconds are those of .fit
alone, on the arrays as the package likes them best. testRmse is of predictions that are not clipped.
"""
import json
import os
import sys
import time

import numpy as np
from scipy.sparse import coo_matrix


def read(folder, name):
    load = lambda what, dtype: np.fromfile(os.path.join(folder, f"{name}.{what}"), dtype=dtype)
    return load("users", np.uint32).astype(np.int32), load("items", np.uint32).astype(np.int32), load("ratings", np.float32)


def timed(fit):
    start = time.perf_counter()
    fit()
    return time.perf_counter() - start


def cmfrec(train, shape, request):
    """ALS by conjugate gradients with biases, the penalty of a row scaled by its ratings."""
    from cmfrec import CMF

    users, items, ratings = train
    model = CMF(
        k=request["rank"], lambda_=request["lambda"], method="als", use_cg=True, user_bias=True, item_bias=True,
        scale_lam=True, niter=request["epochs"], nthreads=request["threads"], verbose=False,
    )
    matrix = coo_matrix((ratings.astype(np.float64), (users, items)), shape=shape)
    return timed(lambda: model.fit(matrix)), lambda users, items: model.predict(users, items)


def surprise(train, shape, request):
    """SGD with biases, one thread."""
    import pandas
    from surprise import SVD, Dataset, Reader

    users, items, ratings = train
    frame = pandas.DataFrame({"user": users, "item": items, "rating": ratings})
    data = Dataset.load_from_df(frame, Reader(rating_scale=(float(ratings.min()), float(ratings.max())))).build_full_trainset()
    model = SVD(n_factors=request["rank"], n_epochs=request["epochs"], lr_all=0.01, reg_all=request["lambda"], random_state=0)
    predict = lambda users, items: np.array([model.predict(u, i, clip=False).est for u, i in zip(users.tolist(), items.tolist())])
    return timed(lambda: model.fit(data)), predict


PEERS = {"cmfrec": cmfrec, "surprise": surprise}

request = json.loads(sys.argv[1])
train, test = (read(request["folder"], name) for name in ("train", "test"))
seconds, predict = PEERS[request["peer"]](train, (request["users"], request["items"]), request)
users, items, ratings = test
testRmse = float(np.sqrt(np.mean((predict(users, items) - ratings) ** 2)))
print(json.dumps({"seconds": seconds, "testRmse": testRmse}))
