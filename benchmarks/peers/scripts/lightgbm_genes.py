"""scikit-learn's MultiOutputRegressor of LightGBM, a model a gene."""

from lightgbm import LGBMRegressor
from shared import features, save, tasks
from sklearn.decomposition import TruncatedSVD
from sklearn.multioutput import MultiOutputRegressor

TREES = LGBMRegressor(
    n_estimators=200, learning_rate=0.05, num_leaves=7, min_child_samples=5, n_jobs=1, random_state=0, verbose=-1
)

for name, known, Y, asked in tasks():
    X, X_asked = features(known, TruncatedSVD(32, random_state=0).fit_transform(Y), asked)
    save(name, MultiOutputRegressor(TREES).fit(X, Y).predict(X_asked))
