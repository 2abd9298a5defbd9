"""LightAutoML's multi:reg on 12 SVD components at once."""

import numpy as np
import pandas as pd
from lightautoml.automl.presets.tabular_presets import TabularAutoML
from lightautoml.tasks import Task
from shared import SECONDS, features, save, tasks
from sklearn.decomposition import TruncatedSVD

COMPONENTS, TASKS = 12, 5
TARGETS = [f"target_{number}" for number in range(COMPONENTS)]

for name, known, Y, asked in tasks():
    svd = TruncatedSVD(COMPONENTS, random_state=0)
    Z = svd.fit_transform(Y)
    X, X_asked = (pd.DataFrame(part).add_prefix("f") for part in features(known, Z, asked))
    train = pd.concat([X, pd.DataFrame(Z, columns=TARGETS)], axis=1)
    automl = TabularAutoML(Task("multi:reg"), timeout=0.7 * SECONDS / TASKS, cpu_limit=1)
    automl.fit_predict(train, roles={"target": TARGETS})
    save(name, svd.inverse_transform(np.asarray(automl.predict(X_asked).data)))
