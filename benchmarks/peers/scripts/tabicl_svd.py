"""TabICL, one for each of 12 SVD components, with weights from a file (TABICL_WEIGHTS)."""

import os

import numpy as np
from shared import features, save, tasks
from sklearn.decomposition import TruncatedSVD
from tabicl import TabICLRegressor

COMPONENTS = 12

for name, known, Y, asked in tasks():
    svd = TruncatedSVD(COMPONENTS, random_state=0)
    Z = svd.fit_transform(Y)
    X, X_asked = features(known, Z, asked)
    predicted = np.empty((len(asked), COMPONENTS))
    for component in range(COMPONENTS):
        model = TabICLRegressor(model_path=os.environ["TABICL_WEIGHTS"], allow_auto_download=False, n_jobs=1)
        predicted[:, component] = model.fit(X, Z[:, component]).predict(X_asked)
    save(name, svd.inverse_transform(predicted))
