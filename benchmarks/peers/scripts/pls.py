"""scikit-learn's partial least squares: all targets at once, the components by its own cross-validation."""

from shared import features, save, tasks
from sklearn.cross_decomposition import PLSRegression
from sklearn.decomposition import TruncatedSVD
from sklearn.model_selection import GridSearchCV, KFold

for name, known, Y, asked in tasks():
    Z = TruncatedSVD(32, random_state=0).fit_transform(Y)
    X, X_asked = features(known, Z, asked, products=True)
    folds = KFold(3, shuffle=True, random_state=0)
    search = GridSearchCV(PLSRegression(scale=False), {"n_components": [4, 8, 16]}, cv=folds)
    save(name, search.fit(X, Y).predict(X_asked))
