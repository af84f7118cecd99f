"""Trains one of the peers on documents. In: one JSON object as the argument. Out: one JSON object on stdout, and a file of topics.

{"peer", "folder", "words", "topics", "alpha", "beta", "iterations", "threads"}  ->  {"seconds"}

The folder has starts, words and counts (uint32): document d has entries starts[d] to starts[d + 1] - 1. Written to it: phi, float32
[topics x words], p(word | topic). Seconds are those of training alone, on documents as the package likes them best; those of MALLET
are of its whole command.
"""
import json
import os
import subprocess
import sys
import time

import numpy as np


def bags(documents):
    """(word, count) pairs by document."""
    starts, words, counts = documents
    return [list(zip(words[begin:end].tolist(), counts[begin:end].tolist())) for begin, end in zip(starts[:-1], starts[1:])]


def texts(documents):
    """Words as text by document, each repeated by its count."""
    return [[str(word) for word, count in bag for _ in range(count)] for bag in bags(documents)]


def timed(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def smoothed(counts, beta):
    counts = counts + beta
    return counts / counts.sum(axis=1, keepdims=True)


def scikit_learn(documents, request):
    from scipy.sparse import csr_matrix
    from sklearn.decomposition import LatentDirichletAllocation

    starts, words, counts = documents
    matrix = csr_matrix((counts.astype(np.float64), words.astype(np.int32), starts.astype(np.int32)), shape=(len(starts) - 1, request["words"]))
    model = LatentDirichletAllocation(
        n_components=request["topics"], doc_topic_prior=request["alpha"], topic_word_prior=request["beta"], learning_method="batch",
        max_iter=request["iterations"], n_jobs=request["threads"], random_state=0,
    )
    seconds = timed(lambda: model.fit(matrix))
    return seconds, model.components_ / model.components_.sum(axis=1, keepdims=True)


def gensim(documents, request):
    from gensim.models import LdaModel, LdaMulticore

    settings = dict(
        corpus=bags(documents), id2word={word: str(word) for word in range(request["words"])}, num_topics=request["topics"],
        alpha=[request["alpha"]] * request["topics"], eta=request["beta"], passes=request["iterations"], eval_every=None, random_state=0,
    )
    made = []
    threads = request["threads"]
    seconds = timed(lambda: made.append(LdaModel(**settings) if threads == 1 else LdaMulticore(workers=threads, **settings)))
    return seconds, made[0].get_topics()


def tomotopy(documents, request):
    import tomotopy

    model = tomotopy.LDAModel(k=request["topics"], alpha=request["alpha"], eta=request["beta"], seed=0)
    model.optim_interval = 0
    for document in texts(documents):
        if document:
            model.add_doc(document)
    seconds = timed(lambda: model.train(request["iterations"], workers=request["threads"]))
    phi = np.zeros((request["topics"], request["words"]))
    phi[:, [int(word) for word in model.used_vocabs]] = [model.get_topic_word_dist(topic) for topic in range(request["topics"])]
    return seconds, phi


def mallet(documents, request):
    path = lambda name: os.path.join(request["folder"], name)
    with open(path("mallet.txt"), "w") as out:
        for number, document in enumerate(texts(documents)):
            out.write(f"{number} none {' '.join(document)}\n")
    call = lambda *command: subprocess.run(["mallet", *command], check=True, stdout=sys.stderr, stderr=subprocess.DEVNULL)
    call("import-file", "--input", path("mallet.txt"), "--output", path("mallet.bin"), "--keep-sequence", "--token-regex", r"\S+")
    seconds = timed(lambda: call(
        "train-topics", "--input", path("mallet.bin"), "--num-topics", str(request["topics"]), "--alpha", str(request["alpha"] * request["topics"]),
        "--beta", str(request["beta"]), "--num-iterations", str(request["iterations"]), "--num-threads", str(request["threads"]),
        "--optimize-interval", "0", "--random-seed", "1", "--word-topic-counts-file", path("mallet.counts"),
    ))
    counts = np.zeros((request["topics"], request["words"]))
    with open(path("mallet.counts")) as lines:
        for _, word, *pairs in map(str.split, lines):
            for topic, count in (pair.split(":") for pair in pairs):
                counts[int(topic), int(word)] = int(count)
    return seconds, smoothed(counts, request["beta"])


PEERS = {"scikit-learn": scikit_learn, "gensim": gensim, "tomotopy": tomotopy, "MALLET": mallet}

request = json.loads(sys.argv[1])
documents = [np.fromfile(os.path.join(request["folder"], name), dtype=np.uint32) for name in ("starts", "words", "counts")]
seconds, phi = PEERS[request["peer"]](documents, request)
np.ascontiguousarray(phi, dtype=np.float32).tofile(os.path.join(request["folder"], "phi"))
print(json.dumps({"seconds": seconds}))
