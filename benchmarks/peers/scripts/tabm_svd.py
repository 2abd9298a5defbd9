"""pytabkit's TabM with its defaults, one for each of 12 SVD components."""

from pytabkit import TabM_D_Regressor
from shared import features, save, tasks
from sklearn.decomposition import TruncatedSVD
from sklearn.multioutput import MultiOutputRegressor

for name, known, Y, asked in tasks():
    svd = TruncatedSVD(12, random_state=0)
    Z = svd.fit_transform(Y)
    X, X_asked = features(known, Z, asked)
    model = MultiOutputRegressor(TabM_D_Regressor(device="cpu", n_threads=1, random_state=0)).fit(X, Z)
    save(name, svd.inverse_transform(model.predict(X_asked)))
