"""scikit-learn's MultiOutputRegressor of LightGBM, on 32 SVD components."""

from lightgbm import LGBMRegressor
from shared import features, save, tasks
from sklearn.decomposition import TruncatedSVD
from sklearn.multioutput import MultiOutputRegressor

TREES = LGBMRegressor(
    n_estimators=200, learning_rate=0.05, num_leaves=7, min_child_samples=5, n_jobs=1, random_state=0, verbose=-1
)

for name, known, Y, asked in tasks():
    svd = TruncatedSVD(32, random_state=0)
    Z = svd.fit_transform(Y)
    X, X_asked = features(known, Z, asked)
    save(name, svd.inverse_transform(MultiOutputRegressor(TREES).fit(X, Z).predict(X_asked)))
