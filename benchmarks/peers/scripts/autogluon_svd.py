"""AutoGluon's tabular predictor, one for each of 12 SVD components, which share the time."""

import tempfile

import numpy as np
import pandas as pd
from autogluon.tabular import TabularPredictor
from shared import SECONDS, features, save, tasks
from sklearn.decomposition import TruncatedSVD

COMPONENTS, TASKS = 12, 5

for name, known, Y, asked in tasks():
    svd = TruncatedSVD(COMPONENTS, random_state=0)
    Z = svd.fit_transform(Y)
    X, X_asked = (pd.DataFrame(part).add_prefix("f") for part in features(known, Z, asked))
    predicted = np.empty((len(asked), COMPONENTS))
    for component in range(COMPONENTS):
        with tempfile.TemporaryDirectory() as folder:
            predictor = TabularPredictor("target", problem_type="regression", path=folder, verbosity=0)
            train = X.assign(target=Z[:, component])
            predictor.fit(train, time_limit=0.7 * SECONDS / (TASKS * COMPONENTS), num_cpus=1, num_gpus=0)
            predicted[:, component] = predictor.predict(X_asked)
    save(name, svd.inverse_transform(predicted))
